"""Finds out what is wrong with an installation, for `remint doctor`."""
