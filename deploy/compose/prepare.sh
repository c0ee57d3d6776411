#!/bin/sh
# Creates the secrets that compose.yaml needs, once. Never overwrites existing secrets.
set -eu
umask 077
cd "$(dirname "$0")"

if [ -e secrets ]; then
    echo "$PWD/secrets exists already. Nothing was changed." >&2
    exit 1
fi

random() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }
url() { printf '[database]\nurl = "postgresql+asyncpg://%s:%s@postgres/remint"\n' "$1" "$2"; }

owner=$(random)
app=$(random)
mkdir secrets
random > secrets/server.secret
url remint_owner "$owner" > secrets/owner.toml
url remint_app "$app" > secrets/app.toml
printf %s "$owner" > secrets/postgres.password
cat > secrets/roles.sql <<SQL
-- The instances can use the tables, and nothing else. Only remint_owner can change the schema.
CREATE ROLE remint_app LOGIN PASSWORD '$app';
GRANT USAGE ON SCHEMA public TO remint_app;
ALTER DEFAULT PRIVILEGES FOR ROLE remint_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO remint_app;
SQL
# Postgres reads these two files as another user. On this machine the folder's mode protects them.
chmod 0644 secrets/postgres.password secrets/roles.sql

# The containers run as the owner of the secrets, but never as root.
if [ "$(id -u)" = 0 ]; then
    chown 65532:65532 secrets/server.secret secrets/owner.toml secrets/app.toml
    echo "REMINT_USER=65532:65532" > .env
else
    echo "REMINT_USER=$(id -u):$(id -g)" > .env
fi
