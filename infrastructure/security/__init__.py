"""Secrets and what is made of them: refresh tokens, JWTs, sealed signing keys, password hashes."""
