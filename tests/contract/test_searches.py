"""A search finds the same on every database: each character stands for itself, A to Z are like a to
z, and no other letter is like another."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Connection, MetaData, String, Table, insert, select

from gateway.base.store.sql import SqlStore
from gateway.base.store.texts import has
from tests.conftest import Stores

metadata = MetaData()
texts = Table("texts", metadata, Column("text", String(40), primary_key=True))
TEXTS = (
    "PO_2026_001",
    "PO-2026-001",
    "po_2026_002",
    "100%",
    "1000",
    "a\\b",
    "a/b",
    "ÀÉ",
    "àé",
    "Ａ１",
    "单据-Ⅷ",
    "ſs",
    "\u212a",  # the sign of Kelvin, whose small letter is an ordinary k
    "İ",
)


@pytest.fixture
def store(stores: Stores) -> SqlStore:
    made = stores.open()
    made.write_here(metadata.create_all)

    def fill(connection: Connection) -> None:
        connection.execute(insert(texts), [{"text": each} for each in TEXTS])

    made.write_here(fill)
    return made


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("PO_2026_001", {"PO_2026_001"}),
        ("po_2026", {"PO_2026_001", "po_2026_002"}),
        ("_", {"PO_2026_001", "po_2026_002"}),
        ("%", {"100%"}),
        ("100", {"100%", "1000"}),
        ("\\", {"a\\b"}),
        ("/", {"a/b"}),
        ("A/B", {"a/b"}),
        ("É", {"ÀÉ"}),
        ("é", {"àé"}),
        ("ａ", set()),
        ("单据", {"单据-Ⅷ"}),
        ("ⅷ", set()),
        ("S", {"ſs"}),
        ("k", set()),
        ("i", set()),
        ("'", set()),
    ],
)
async def test_a_search_is_the_same_everywhere(
    store: SqlStore, wanted: str, found: set[str]
) -> None:
    rows = await store.read(
        lambda c: set(c.scalars(select(texts.c.text).where(has(texts.c.text, wanted))))
    )
    assert rows == found
