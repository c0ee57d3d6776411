"""The commands that put the service together themselves: serve, secret, database."""
