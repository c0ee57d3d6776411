"""Adapters: what the ports need, made of SQL, cryptography and logs."""
