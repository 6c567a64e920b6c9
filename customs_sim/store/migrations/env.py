"""Alembic environment of customs: runs on the connection it is given."""

from alembic import context

from customs_sim.store.tables import metadata

options = context.config.attributes
context.configure(
    connection=options["connection"],
    target_metadata=metadata,
    version_table=options["version_table"],
    transactional_ddl=False,
    render_as_batch=True,
)
context.run_migrations()
