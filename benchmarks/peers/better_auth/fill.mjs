// Makes users and their sessions: `node fill.mjs HOW_MANY TOKENS_FILE`.
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { getMigrations } from "better-auth/db/migration";
import { database, options } from "./auth.mjs";

const SESSIONS_PER_USER = 10;
const [wanted, path] = [Number(process.argv[2]), process.argv[3]];
const users = Math.max(1, Math.floor(wanted / SESSIONS_PER_USER));

await (await getMigrations(options)).runMigrations();
await database.query(
  `INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
   SELECT 'user-' || n, 'user ' || n, n || '@example.com', true, now(), now()
   FROM generate_series(1, $1::int) AS n`,
  [users],
);
const tokens = Array.from({ length: wanted }, () => randomBytes(24).toString("hex").slice(0, 32));
await database.query(
  `INSERT INTO session (id, token, "userId", "expiresAt", "createdAt", "updatedAt")
   SELECT 'session-' || n, token, 'user-' || (n % $2::int + 1), now() + interval '7 days', now(), now()
   FROM unnest($1::text[]) WITH ORDINALITY AS given(token, n)`,
  [tokens, users],
);
writeFileSync(path, tokens.map((token) => `${token}\n`).join(""));
await database.end();
