"""Storage in SQL, on SQLite or Postgres: the schema, its migrations, and one adapter a port."""
