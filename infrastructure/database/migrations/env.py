"""Where alembic enters: over a connection that is handed in, whose transaction is not its own."""

from alembic import context

from infrastructure.database.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
