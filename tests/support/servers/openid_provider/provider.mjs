import Provider from "oidc-provider";

const { ISSUER, PORT, KEYS } = process.env;
const provider = new Provider(ISSUER, {
  jwks: JSON.parse(KEYS),
  clients: [
    {
      client_id: "shop",
      redirect_uris: ["http://127.0.0.1/callback"],
      response_types: ["code"],
      grant_types: ["authorization_code"],
      token_endpoint_auth_method: "none",
      id_token_signed_response_alg: "RS256",
      application_type: "native",
    },
  ],
  claims: { openid: ["sub"], email: ["email"] },
  scopes: ["openid", "email"],
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@shop.example` }),
  }),
});
provider.listen(Number(PORT), "127.0.0.1");
