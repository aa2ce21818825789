"""What Alembic runs to reach the database: the transaction that `digitlab.store.upgrading` has begun."""

from alembic import context

from digitlab.store.migrations import VERSIONS

context.configure(connection=context.config.attributes["connection"], version_table=VERSIONS.name)
with context.begin_transaction():
    context.run_migrations()
