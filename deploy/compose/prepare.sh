#!/bin/sh
# Makes the secrets that compose.yaml asks for, once. What is there already stays as it is.
set -eu
umask 077
cd "$(dirname "$0")"

if [ -e secrets ]; then
    echo "There are secrets already, in $PWD/secrets. Nothing was changed." >&2
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
-- What the instances may do: use the tables, and nothing else. remint_owner changes the schema.
CREATE ROLE remint_app LOGIN PASSWORD '$app';
GRANT USAGE ON SCHEMA public TO remint_app;
ALTER DEFAULT PRIVILEGES FOR ROLE remint_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO remint_app;
SQL
# Postgres reads these two as a user of its own. On this machine the folder keeps everybody out.
chmod 0644 secrets/postgres.password secrets/roles.sql

# The containers run as whoever owns the secrets, but never as root.
if [ "$(id -u)" = 0 ]; then
    chown 65532:65532 secrets/server.secret secrets/owner.toml secrets/app.toml
    echo "REMINT_USER=65532:65532" > .env
else
    echo "REMINT_USER=$(id -u):$(id -g)" > .env
fi
