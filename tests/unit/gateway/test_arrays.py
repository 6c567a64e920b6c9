"""Columns as parameters: what PostgreSQL reads is what went in, whatever the texts and bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from gateway.base.store import arrays
from gateway.base.store.sql import SqlStore
from tests.conftest import POSTGRES, need_postgres

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=12
) | st.sampled_from(["NULL", "null", "", '"', "\\", "{a,b}", "\\n", "\n\t", " a ", "担保,“保函”"])


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    need_postgres()
    store = SqlStore(POSTGRES)
    with store.engine.connect() as made:
        yield made
    store.engine.dispose()


def _read(connection: Connection, kind: str, value: Any) -> list[Any]:
    return list(connection.exec_driver_sql(f"SELECT %s::{kind}[]", (value,)).scalar_one())


@given(st.lists(TEXTS | st.none(), min_size=1, max_size=6))
@settings(deadline=None)
def test_texts_come_back_as_they_were(connection: Connection, values: list[str | None]) -> None:
    assert _read(connection, "TEXT", arrays.literal(values)) == values


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.none(), min_size=1, max_size=6))
@settings(deadline=None)
def test_numbers_come_back_as_they_were(connection: Connection, values: list[int | None]) -> None:
    assert _read(connection, "BIGINT", arrays.literal(values)) == values


@given(st.lists(st.binary(max_size=40) | st.none(), min_size=1, max_size=6))
@settings(deadline=None)
def test_bytes_come_back_as_they_were(connection: Connection, values: list[bytes | None]) -> None:
    assert [
        None if v is None else bytes(v)
        for v in _read(connection, "BYTEA", arrays.bytea_array(values))
    ] == values


def test_an_empty_list_matches_nothing(connection: Connection) -> None:
    assert (
        connection.exec_driver_sql(
            "SELECT 1 WHERE 'a' = ANY (%s::TEXT[])", (arrays.literal([]),)
        ).all()
        == []
    )
