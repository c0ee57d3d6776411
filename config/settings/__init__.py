"""Declares, loads and checks the settings."""
