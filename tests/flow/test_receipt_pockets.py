"""Each receipt has a pocket_id of its own, so that a receiver that groups by it never mixes two
(docs/wire.md 2.5)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sqlalchemy import text

from customs_sim.wire.ids import pocket_id
from fixtures.kit.pair.pair import Pair
from schemas.dxp import canonical
from schemas.package import open_package
from schemas.xml import XmlReader
from tests.conftest import client, pair_at
from tests.factories import grt101, pocketed

OWN = re.compile(r".+-[0-9a-f]{32}")


def sent(pair: Pair) -> list[tuple[str, str, str]]:
    """(message type, business_id, pocket_id) of all that customs sent."""
    read: Any = pair.customs.office.store.read_here  # type: ignore[attr-defined]
    query = text("SELECT body FROM c_messages WHERE direction = 'out' ORDER BY id")
    found = []
    for row in read(lambda c: c.execute(query).fetchall()):
        transport = canonical(bytes(row.body))
        assert transport is not None
        package = open_package(XmlReader().read(transport.data))
        envelope, pocket = package.envelope, package.pocket
        found.append((envelope.message_type, envelope.business_id, pocket.pocket_id))
    return found


async def test_no_two_receipts_share_a_pocket_id(tmp_path: Path) -> None:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        await api.approved(grt101("R1", 1))
        await api.approved(pocketed(grt101("R2", 2), "P-OF-THE-SENDER", 1, 1))
        await api.control(
            "POST", "/guarantee-requests", {"enterprise": "1105910159", "amount": "100000"}
        )
        told = sent(pair)

    assert {kind for kind, _, _ in told} >= {"GRT200", "GRT201", "GRT301"}
    assert len({own for _, _, own in told}) == len(told)
    for kind, business_id, own in told:
        assert OWN.fullmatch(own), (kind, own)
        assert own.startswith(f"{business_id or kind}-")


async def test_a_seeded_run_repeats_its_pocket_ids(tmp_path: Path) -> None:
    runs = []
    for name in ("one", "two"):
        async with pair_at(tmp_path / name, seed=7) as pair, client(pair.ready) as api:
            await api.approved(grt101("R1", 1))
            runs.append(sent(pair))

    assert runs[0] == runs[1]


def test_a_pocket_id_never_outgrows_its_element() -> None:
    assert len(pocket_id("B" * 128, "0A1B2C3D-0000-4000-8000-000000000001")) == 128
