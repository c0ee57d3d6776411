"""How requests are read and answers written, whatever the operation."""
