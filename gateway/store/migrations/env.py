"""Alembic environment of the gateway: runs on the connection it is given."""

from gateway.base.store.migrations import run
from gateway.store.metadata import metadata

run(metadata)
