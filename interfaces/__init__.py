"""The outer ways in: each turns its world's words into use-case calls."""
