"""The public documents: the JWKS, health, the API documentation, metrics."""
