"""Secrets and their uses: refresh tokens, JWTs, encrypted signing keys, password hashes."""
