"""Puts the service together from its settings."""
