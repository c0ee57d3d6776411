"""What is true of users, sessions, refresh tokens and signing keys, whatever serves them."""
