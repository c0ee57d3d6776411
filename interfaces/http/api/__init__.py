"""The operations under `/api/v1`, each with its bodies, its errors and its handler."""
