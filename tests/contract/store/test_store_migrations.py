"""What ``ports.Store`` promises, held against every database: migrations."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from customs_sim.store.tables import metadata as customs_tables
from gateway.base.store.migrations import current, head, upgrade, version_table
from gateway.store.metadata import metadata as gateway_tables
from tests.conftest import Stores

SIDES = {
    "gateway": ("gateway.store", gateway_tables),
    "customs": ("customs_sim.store", customs_tables),
}


@pytest.mark.parametrize("side", SIDES)
def test_a_migration_brings_an_empty_database_to_head_and_a_second_one_does_nothing(
    stores: Stores, side: str
) -> None:
    package, _ = SIDES[side]
    store = stores.open()
    assert store.read_here(lambda c: current(c, side)) is None
    assert upgrade(store, side=side, package=package) is True
    assert store.read_here(lambda c: current(c, side)) == head(package)
    assert upgrade(store, side=side, package=package) is False


@pytest.mark.parametrize("side", SIDES)
def test_the_migrated_schema_is_that_of_the_tables(stores: Stores, side: str) -> None:
    package, tables = SIDES[side]
    store = stores.open()
    upgrade(store, side=side, package=package)

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": version_table(side),
                "compare_type": True,
                "compare_server_default": True,
            },
        )
        return list(compare_metadata(context, tables))

    assert store.read_here(differences) == []


@pytest.mark.parametrize("side", SIDES)
def test_a_migrated_database_is_the_one_that_the_tables_create(stores: Stores, side: str) -> None:
    """What the comparison above does not look at: conditions of indexes, order of keys, tables
    without row ids."""
    package, tables = SIDES[side]
    migrated, created = stores.open("migrated"), stores.open("created")
    upgrade(migrated, side=side, package=package)
    created.write_here(tables.create_all)
    found, wanted = migrated.read_here(shape), created.read_here(shape)
    assert found.pop(version_table(side))
    assert found == wanted


def shape(connection: Connection) -> dict[str, Any]:
    """Everything that the database knows of its tables."""
    look = inspect(connection)
    bare = (
        {row.name for row in connection.execute(text("PRAGMA table_list")) if row.wr}
        if look.dialect.name == "sqlite"
        else set()
    )
    return {
        name: {
            "columns": [
                (c["name"], str(c["type"]), c["nullable"], c["default"])
                for c in look.get_columns(name)
            ],
            "key": look.get_pk_constraint(name)["constrained_columns"],
            "indexes": sorted(
                (
                    i["name"],
                    bool(i["unique"]),
                    i["column_names"],
                    sorted(
                        (option, str(value))
                        for option, value in i.get("dialect_options", {}).items()
                    ),
                )
                for i in look.get_indexes(name)
            ),
            "bare": name in bare,
        }
        for name in look.get_table_names()
    }


def test_both_sides_may_share_one_database(stores: Stores) -> None:
    store = stores.open()
    for side, (package, _) in SIDES.items():
        assert upgrade(store, side=side, package=package) is True
    for side, (package, _) in SIDES.items():
        assert upgrade(store, side=side, package=package) is False
    names = set(store.read_here(lambda c: inspect(c).get_table_names()))
    wanted = {
        *gateway_tables.tables,
        *customs_tables.tables,
        *(version_table(side) for side in SIDES),
    }
    assert names == wanted


@pytest.mark.parametrize("side", SIDES)
def test_a_migration_that_was_undone_leaves_no_table(stores: Stores, side: str) -> None:
    package, _ = SIDES[side]
    store = stores.open()
    upgrade(store, side=side, package=package)

    def undo(connection: Connection) -> None:
        from alembic import command

        from gateway.base.store.migrations import config

        command.downgrade(config(side, package, connection), "base")

    store.write_here(undo)
    assert store.read_here(lambda c: inspect(c).get_table_names()) == [version_table(side)]
    assert upgrade(store, side=side, package=package) is True
