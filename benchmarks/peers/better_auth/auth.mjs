// better-auth as its documentation sets it up on Postgres, with the JWT and bearer plugins.
import { betterAuth } from "better-auth";
import { bearer, jwt } from "better-auth/plugins";
import pg from "pg";

export const database = new pg.Pool({ connectionString: process.env.PEER_DATABASE_URL });

export const options = {
  database,
  secret: process.env.PEER_SECRET,
  baseURL: `http://127.0.0.1:${process.env.PORT}`,
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [bearer(), jwt({ jwks: { keyPairConfig: { alg: "ES256" } } })],
};

export const auth = betterAuth(options);
