"""The commands that start the service or examine its configuration; each file is one command."""
