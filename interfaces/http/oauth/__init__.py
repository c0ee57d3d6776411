"""The OAuth 2.0 door: the same use cases in the words of RFC 6749 and its kin."""
