"""Alembic environment of customs: runs on the connection it is given."""

from customs_sim.store.tables import metadata
from gateway.base.store.migrations import run

run(metadata)
