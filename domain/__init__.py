"""The rules of users, sessions, refresh tokens and signing keys, independent of any technology."""
