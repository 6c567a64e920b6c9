"""Every fault of the table through both sides: what the gateway makes of it, and that it survives.
One row here for each row there."""

from __future__ import annotations

import functools
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from customs_sim.steering.faults import FAULTS
from fixtures.kit.pair.pair import Pair, running
from gateway.base.clock.business import MovedClock
from tests.conftest import MORNING, Api, client, eventually, settings_of
from tests.factories import grt101, grt141

RETURNED = {"masterCuscd": "2200"}
"""A filing that customs returns: not the enterprise's district (S101.04)."""
AFTER_MIDNIGHT = datetime(2026, 11, 23, 17, tzinfo=UTC)
"""01:00 in Asia/Shanghai."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One fault: where it strikes, what is filed, what the gateway must show. ``parked``: words of
    each reason in turn, by message type; ``advance``: seconds of business time to let pass first;
    ``feed``: (type, result, resent) when it matters.
    """

    match: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    start: datetime = MORNING
    advance: float = 0
    before: str = ""
    """The status before time passes."""
    status: str = "approved"
    parked: Sequence[tuple[str, str]] = ()
    conflict: bool = False
    undeliverable: str = ""
    feed: Sequence[tuple[str, str, bool]] | None = None
    stale: Sequence[str] = ()
    """Events that the timeline must mark stale."""
    fields_kept: bool = True
    """Whether the approved document reached the gateway."""


STALE = ("late or repeated", "confirmed again")
LATER = Case(advance=61, before="sent")
PARKED_FINAL = {"type": "GRT201"}
CASES: dict[str, Case] = {
    "drop": Case(match={"type": "GRT200"}, feed=[("GRT201", "1", False)]),
    "silence": Case(status="sent", feed=[]),
    "accepts_only": Case(status="received", feed=[("GRT200", "1", False)]),
    "delay": LATER,
    "night_stop": Case(start=AFTER_MIDNIGHT, advance=4 * 3600 + 1, before="sent"),
    "duplicate": Case(feed=[("GRT200", "1", False), ("GRT201", "1", False)]),
    "repeat": Case(
        feed=[
            ("GRT200", "1", False),
            ("GRT200", "1", True),
            ("GRT201", "1", False),
            ("GRT201", "1", True),
        ]
    ),
    "reorder": Case(match={"type": "GRT200"}, stale=["stored"]),
    "receipt_before_acknowledgement": Case(
        feed=[("GRT201", "1", False), ("GRT200", "1", False)], stale=["stored"]
    ),
    "three_after_two": Case(
        fields=RETURNED,
        status="returned",
        feed=[("GRT200", "1", False), ("GRT201", "2", False), ("GRT201", "3", False)],
    ),
    "one_after_three": Case(
        conflict=True, feed=[("GRT200", "1", False), ("GRT201", "3", False), ("GRT201", "1", False)]
    ),
    "stale_date": Case(conflict=True, stale=["returned"]),
    "wrong_correlation": Case(
        match=PARKED_FINAL,
        status="received",
        parked=[("GRT201", "still not here after 0.2 s: declaration 209900000000000001")],
    ),
    "truncated": Case(match=PARKED_FINAL, status="received", parked=[("GRT201", "XML.01")]),
    "truncated_transport": Case(
        match=PARKED_FINAL, status="received", parked=[("GRT201", "XML.01")]
    ),
    "gbk_as_utf8": Case(),
    "bom": Case(),
    "empty_xmlns": Case(),
    "default_namespace": Case(),
    "prefixed_namespace": Case(),
    "intranet": Case(),
    "missing_seq_no": Case(),
    "seq_no_as_reference": Case(),
    "senders_reference": Case(),
    "no_result": Case(
        match=PARKED_FINAL, status="received", parked=[("GRT201", "carries no result")]
    ),
    "many_notes": Case(),
    "longest_notes": Case(),
    "date_only": Case(),
    "decimal_amount": Case(status="received", parked=[("GRT201", "gasrAmt")]),
    "pocket_two_first": Case(),
    "pocket_missing": Case(fields_kept=False),
    "pocket_repeated": Case(stale=["approved", "approved"]),
    "pocket_id_empty": Case(),
    "root_c134": Case(
        match=PARKED_FINAL, status="received", parked=[("Root", "Root C134: 读卡器操作失败")]
    ),
    "dxp_rep_2001": Case(
        match=PARKED_FINAL, status="received", undeliverable="DxpRep 2001: 接收方不存在"
    ),
    "dxp_rep_2002": Case(match=PARKED_FINAL, status="received", undeliverable="DxpRep 2002: "),
    "dxp_rep_3002": Case(status="sent", undeliverable="DxpRep 3002: 远程连接失败"),
    "unknown_type": Case(
        match=PARKED_FINAL, status="received", parked=[("GRT299", "unknown message type GRT299")]
    ),
}
OF_THEIR_OWN = {"older_generation"}
"""Faults with a test of their own below."""


@dataclass(slots=True, kw_only=True)
class Both:
    """A pair whose clock the test moves, and its client."""

    pair: Pair
    api: Api
    clock: MovedClock

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.pair.customs.wake()

    async def arm(self, *rules: Mapping[str, Any]) -> None:
        answer = await self.api.control("PUT", "/faults", {"rules": list(rules)})
        assert answer.status == 200, answer.body.decode()

    async def parked(self) -> list[tuple[str, str]]:
        """(type, reason) of what the gateway set aside, oldest first."""
        return await self.pair.gateway.store.read(
            lambda c: [
                (row[0], row[1])
                for row in c.exec_driver_sql("SELECT message_type, reason FROM parked ORDER BY id")
            ]
        )

    async def feed(self) -> list[tuple[str, str, bool]]:
        return [(r["message_type"], r["result"], r["resent"]) for r in await self.api.receipts()]

    async def hits(self) -> list[int]:
        return [rule["hits"] for rule in (await self.api.control("GET", "/faults")).json["rules"]]


@asynccontextmanager
async def both_at(home: Path, start: datetime = MORNING, **changes: Any) -> AsyncIterator[Both]:
    clock = MovedClock(start, frozen=False)
    async with (
        running(settings_of(home, **changes), clock=clock) as pair,
        client(pair.ready) as api,
    ):
        yield Both(pair=pair, api=api, clock=clock)


async def settled(both: Both) -> None:
    """Until customs has nothing to send and the gateway has taken everything."""

    async def nothing_left() -> bool:
        left = await both.pair.customs.office.store.read(
            lambda c: c.exec_driver_sql("SELECT count(*) FROM c_outbox").scalar()
        )
        return left == 0

    await eventually(nothing_left, what="an empty outbox of customs")


def test_every_fault_has_a_case() -> None:
    assert set(CASES) | OF_THEIR_OWN == set(FAULTS)


DOMAIN = {
    "duplicate receipt": {"duplicate", "repeat"},
    "receipt before ack": {"receipt_before_acknowledgement"},
    "3-after-2 equal rank": {"three_after_two"},
    "1 after 3": {"one_after_three"},
    "older tmsCnt after newer": {"older_generation"},
    "stale returnTime": {"stale_date"},
    "GBK body with utf-8 declaration": {"gbk_as_utf8"},
    "BOM": {"bom"},
    'xmlns=""': {"empty_xmlns"},
    "prefixed vs default namespace vs none": {
        "prefixed_namespace",
        "default_namespace",
        "intranet",
    },
    "missing SeqNo": {"missing_seq_no"},
    "etpsPreentNo carrying SeqNo": {"seq_no_as_reference", "senders_reference"},
    "pocket 2 before pocket 1": {"pocket_two_first"},
    "missing pocket": {"pocket_missing"},
    "repeated pocket with other content": {"pocket_repeated"},
    "empty pocket_id": {"pocket_id_empty"},
    "HdeApprResult absent": {"no_result"},
    "CheckInfo ×n": {"many_notes"},
    "rmk at 255/4000 limit": {"longest_notes"},
    "manageDate as date only": {"date_only"},
    "night burst": {"night_stop"},
    "Root C134": {"root_c134"},
    "silence": {"silence"},
    "DxpRep 2001/2002": {"dxp_rep_2001", "dxp_rep_2002"},
    "unknown message_type": {"unknown_type"},
    "amount with >2 decimals": {"decimal_amount"},
    "issue": {
        "drop",
        "delay",
        "reorder",
        "wrong_correlation",
        "truncated",
        "truncated_transport",
        "accepts_only",
        "dxp_rep_3002",
    },
}
"""Every row of ``docs/wire.md`` 7.3 to the faults that are it; last, what was asked for beside
it."""


def test_every_row_of_the_domain_has_its_fault_and_no_fault_is_without_a_row() -> None:
    assert set().union(*DOMAIN.values()) == set(FAULTS)


@pytest.mark.parametrize(
    "name",
    [n if at % 4 == 0 else pytest.param(n, marks=pytest.mark.slow) for at, n in enumerate(CASES)],
)
@pytest.mark.slow
async def test_the_gateway_survives(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    async with both_at(tmp_path / "home", case.start, not_yet_deadline=0.2) as both:
        api = both.api
        await both.arm({"fault": name, "match": dict(case.match)})
        seq_no = (await api.taken(grt101("R0001", **case.fields)))["seq_no"]
        if case.advance:
            await api.until(seq_no, case.before)
            await eventually(lambda: both.hits(), what="a strike")
            both.advance(case.advance)
        await api.until(seq_no, case.status)
        if case.parked:
            await eventually(both.parked, what="something parked")
        await settled(both)
        found = await api.declaration(seq_no)
        assert found["status"] == case.status
        assert sum(await both.hits()) >= 1
        parked = await both.parked()
        assert len(parked) == len(case.parked), parked
        for (kind, reason), (wanted_kind, words) in zip(parked, case.parked, strict=True):
            assert (kind, words in reason) == (wanted_kind, True), (kind, reason)
        assert bool(found.get("conflict")) is case.conflict
        assert (found.get("undeliverable") or "").startswith(case.undeliverable)
        assert bool(found.get("undeliverable")) is bool(case.undeliverable)
        if case.feed is not None:
            assert await both.feed() == case.feed
        stale = [
            entry["event"]
            for entry in await api.timeline(seq_no)
            if any(words in entry["text_en"] for words in STALE)
        ]
        assert [event for event in case.stale if event not in stale] == [], stale
        if case.status == "approved":
            assert re.fullmatch(r"ZB01002026\d{5,}", found["business_no"])
            assert (found["fields"]["gasrNo"] == found["business_no"]) is case.fields_kept
            assert found["fields"]["assuredEtpsNm"] == "北京某某保税科技有限公司"


async def test_many_and_long_notes_reach_the_enterprise_whole(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        await both.arm(
            {"fault": "many_notes", "match": {"type": "GRT201", "ref": "R0001"}},
            {"fault": "longest_notes", "match": {"ref": "R0002"}},
        )
        for number in (1, 2):
            await both.api.approved(grt101(f"R000{number}", number, ltguaNo=f"LG-{number}"))
        many, longest = [
            r["notes"] for r in await both.api.receipts() if r["message_type"] == "GRT201"
        ]
        assert many[:50] == [f"第 {n} 条说明" for n in range(1, 51)]
        assert [len(note) for note in longest] == [255]


async def test_an_older_generation_behind_the_newer_changes_nothing(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        api = both.api
        first = await api.approved(grt101("R0001"))
        await both.arm({"fault": "older_generation"})
        change = {
            "gasrNo": first["business_no"],
            "chgTmsCnt": "1",
            "dclTypecd": "2",
            "gasrAmt": "600000",
            "ltguaNo": "BH-R0001",
        }
        seq_no = (await api.taken(grt101("R0002", 2, **change)))["seq_no"]
        await api.until(seq_no, "approved")
        await settled(both)
        assert await both.hits() == [1]
        found = await api.declaration(seq_no)
        assert (found["status"], found["fields"]["gasrAmt"], bool(found.get("conflict"))) == (
            "approved",
            "600000",
            False,
        )
        assert ("GRT201", "3", False) in await both.feed()
        assert await both.parked() == []


async def test_an_older_version_of_a_register_changes_nothing(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        await both.arm({"fault": "older_generation", "match": {"type": "GRT302"}})
        text = "name: synced\nrules: [{steps: [{answer: stored}, {answer: approve}, {send: sync}]}]"
        assert (await both.api.control("PUT", "/scenario", {"text": text})).status == 200
        seq_no = (await both.api.approved(grt101("R0001")))["seq_no"]
        await settled(both)
        assert await both.hits() == [1]
        assert [kind for kind, _, _ in await both.feed()] == [
            "GRT200",
            "GRT201",
            "GRT302",
            "GRT302",
        ]
        found = await both.api.declaration(seq_no)
        assert (found["status"], found["fields"]["version"]) == ("approved", "2")
        stale = [
            e
            for e in await both.api.timeline(seq_no)
            if e["event"] == "synced" and any(words in e["text_en"] for words in STALE)
        ]
        assert len(stale) == 1
        assert await both.parked() == []


async def test_a_lost_decision_can_be_asked_for_again(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        await both.arm({"fault": "drop", "match": {"type": "GRT201"}, "name": "once"})
        seq_no = (await both.api.taken(grt101("R0001")))["seq_no"]
        await both.api.until(seq_no, "received")
        await eventually(both.hits, what="a strike")
        await both.api.control("DELETE", "/faults")
        await both.api.taken(grt141(2, etpsPreentNo=seq_no))
        await both.api.until(seq_no, "approved")


@pytest.mark.slow
async def test_the_archive_of_customs_shows_what_went_out_and_what_should_have(
    tmp_path: Path,
) -> None:
    async with both_at(tmp_path / "home") as both:
        api = both.api
        await both.arm(
            {"fault": "date_only", "match": {"type": "GRT200", "ref": "R0001", "limit": 1}}
        )
        await api.approved(grt101("R0001"))
        log = (await api.control("GET", "/faults/log")).json
        [item] = log["items"]
        assert (item["fault"], item["message_type"], log["total"]) == ("date_only", "GRT200", 1)
        raw = functools.partial(api.control, "GET")
        meant = await both.pair.customs.playbook.both(item["id"])
        assert meant == (
            (await raw(f"/faults/log/{item['id']}/meant")).body,
            (await raw(f"/faults/log/{item['id']}/sent")).body,
        )
        assert meant[0] != meant[1]


@pytest.mark.parametrize(
    ("match", "struck"),
    [
        ({"ref": "A"}, {"A1", "A2", "A3"}),
        ({"nth": 2}, {"A2"}),
        ({"every": 2}, {"A2", "B4"}),
        ({"limit": 1}, {"A1"}),
        ({"enterprise": "3105960AAA"}, set()),
        ({"result": "2"}, set()),
        ({"type": "GRT211"}, set()),
        ({"chance": 0}, set()),
    ],
    ids=lambda value: next(iter(value), "") if isinstance(value, dict) else "",
)
@pytest.mark.slow
async def test_a_fault_strikes_only_where_it_is_addressed(
    tmp_path: Path, match: dict[str, Any], struck: set[str]
) -> None:
    async with both_at(tmp_path / "home") as both:
        await both.arm({"fault": "drop", "match": {"type": "GRT201"} | match})
        for number, ref in enumerate(("A1", "A2", "A3", "B4"), 1):
            taken = await both.api.taken(grt101(ref, number))
            found = await both.api.until(
                taken["seq_no"], "received" if ref in struck else "approved"
            )
            assert (found["status"] == "received") is (ref in struck)
        assert await both.hits() == [len(struck)]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"rules": [{"fault": "explode"}]}, "drop | silence"),
        ({"rules": [{"fault": "drop", "match": {"chance": 2}}]}, "from 0 to 1"),
        ({"rules": [{"fault": "drop", "macth": {}}]}, "one of fault, name, with, match"),
        ({"rules": [{"fault": "delay", "with": {"minutes": 3}}]}, "one of seconds"),
        (
            {"rules": [{"fault": "drop", "name": "a"}, {"fault": "drop", "name": "a"}]},
            "each name once",
        ),
        ({}, "a list of rules"),
    ],
    ids=["fault", "chance", "key", "option", "name", "nothing"],
)
async def test_a_wrong_rule_is_refused_with_its_place(
    tmp_path: Path, body: dict[str, Any], told: str
) -> None:
    async with both_at(tmp_path / "home") as both:
        answer = await both.api.control("PUT", "/faults", body)
        assert (answer.status, answer.codes[0]) == (422, "SCN.01")
        assert told in answer.findings[0]["message_en"]
        assert answer.findings[0]["line"] == 1
        assert (await both.api.control("GET", "/faults")).json["rules"] == []
