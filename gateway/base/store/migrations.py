"""Schema upgrades by Alembic, for either side: each has its scripts folder and its version table,
so both may share one database."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, inspect, text

from gateway.base.store.sql import SqlStore

HEAD_FILE = "HEAD"
UPGRADE = 0x65706F7274
"""The advisory lock of upgrades: "eport"."""


def version_table(side: str) -> str:
    return f"eport_{side}_version"


def current(connection: Connection, side: str) -> str | None:
    """Return the revision that the database is at; None when it has none."""
    if not inspect(connection).has_table(version_table(side)):
        return None
    revision: str | None = connection.execute(
        text(f"SELECT version_num FROM {version_table(side)}")
    ).scalar()
    return revision


def head(package: str) -> str:
    """Return the newest revision of a side's scripts. It stands in a file, so that a start with
    nothing to do need not load Alembic."""
    return (
        resources.files(package)
        .joinpath("migrations", HEAD_FILE)
        .read_text(encoding="utf-8")
        .strip()
    )


def upgrade(store: SqlStore, *, side: str, package: str, to: str = "head") -> bool:
    """Bring the store to revision ``to``. Return whether something was done."""
    if to == "head" and store.read_here(lambda c: current(c, side)) == head(package):
        return False

    def bring(connection: Connection) -> None:
        from alembic import command

        if (
            connection.dialect.name == "postgresql"
        ):  # several processes may start at once: one upgrades, the others wait for it
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE})
            if to == "head" and current(connection, side) == head(package):
                return
        command.upgrade(config(side, package, connection), to)

    store.write_here(bring)
    return True


def config(side: str, package: str, connection: Connection | None) -> Any:
    """Return Alembic's configuration, without an ini file."""
    from alembic.config import Config

    folder = Path(str(resources.files(package).joinpath("migrations")))
    made = Config()
    made.set_main_option("script_location", str(folder).replace("%", "%%"))
    made.attributes["connection"] = connection
    made.attributes["version_table"] = version_table(side)
    return made


def run(metadata: MetaData) -> None:
    """Run the scripts that Alembic chose, on the connection of ``config``: the whole of a side's
    ``env.py``."""
    from alembic import context

    options = context.config.attributes
    context.configure(
        connection=options["connection"],
        target_metadata=metadata,
        version_table=options["version_table"],
        transactional_ddl=False,
        render_as_batch=True,
    )
    context.run_migrations()
