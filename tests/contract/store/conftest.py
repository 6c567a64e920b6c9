"""A store of each kind, with the table of these tests."""

from __future__ import annotations

import pytest

from gateway.base.store.sql import SqlStore
from tests.conftest import Stores
from tests.contract.store.pieces import metadata


@pytest.fixture
def store(stores: Stores) -> SqlStore:
    """A store with the table ``pieces``."""
    made = stores.open()
    made.write_here(metadata.create_all)
    return made
