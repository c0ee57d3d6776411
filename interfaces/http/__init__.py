"""The way in over HTTP: Litestar controllers, the bodies on the wire and the one error table."""
