"""Submissions in several pockets, and the files that travel with them, over HTTP against the whole
pair."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from fixtures.kit.pair.pair import Pair, running
from gateway.base.clock.business import MovedClock
from tests.conftest import MORNING, Api, client, eventually, settings_of
from tests.factories import SHANGHAI, attachment, grt101, grt111, grt111_fields, pocketed

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n\x00\xff\xfe\r\ntrailer<</Root 1 0 R>>\n%%EOF\n"
OTHER = PDF.replace(b"1.4", b"1.7")


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock(MORNING, frozen=False)


@pytest.fixture
async def pair(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Pair]:
    async with running(settings_of(tmp_path / "home"), clock=clock) as made:
        yield made


@pytest.fixture
async def api(pair: Pair) -> AsyncIterator[Api]:
    async with client(pair.ready) as made:
        yield made


class Set:
    """The messages of one submission: pocket 1 is structured, the others are files."""

    def __init__(self, name: str, total: int, numbers: Any = None) -> None:
        self.name, self.total, self.numbers = name, total, numbers or itertools.count(1)

    def pocket(self, number: int, content: bytes = PDF, flag: str = "1", **changes: str) -> bytes:
        if number == 1:
            return pocketed(
                grt101(self.name, next(self.numbers), flag=flag, **changes),
                f"P-{self.name}",
                self.total,
                1,
            )
        return attachment(
            content, f"P-{self.name}", self.total, number, next(self.numbers), **changes
        )


async def stored_receipts(api: Api, seq_no: str) -> list[tuple[str, str | None]]:
    return sorted(
        (r["message_type"], r["result"]) for r in await api.receipts() if r["seq_no"] == seq_no
    )


@pytest.mark.parametrize(
    "order", [*itertools.permutations((1, 2)), *itertools.permutations((1, 2, 3))], ids=str
)
@pytest.mark.slow
async def test_pockets_in_any_order_are_one_declaration_with_one_answer_each(
    api: Api, order: tuple[int, ...]
) -> None:
    parts = Set("A1", len(order))
    taken = [await api.taken(parts.pocket(number)) for number in order]
    assert len({t["seq_no"] for t in taken}) == 1
    found = await api.until(taken[0]["seq_no"], "approved")
    assert found["enterprise_ref"] == "A1"
    assert found["attempt"] == 1
    assert found["pockets"] == {"total": len(order), "received": sorted(order), "missing": []}

    async def all_answered() -> Any:
        return await stored_receipts(api, found["seq_no"]) == [("GRT200", "1")] * len(order) + [
            ("GRT201", "1")
        ]

    await eventually(all_answered, what="one GRT200 a pocket and one GRT201")
    labels = [
        e["status_text"] for e in await api.timeline(found["seq_no"]) if e["source"] != "customs"
    ]
    assert labels[-2:] == ["申报成功", "成功发送至海关"]


async def test_a_draft_that_was_saved_whole_may_be_filed_with_its_files_whatever_comes_first(
    api: Api,
) -> None:
    numbers = itertools.count(1)
    for order in ((1, 2), (2, 1)):
        parts = Set(f"W{order[0]}", 2, numbers)
        letter = {"ltguaNo": f"LG-W{order[0]}"}
        whole = grt101(parts.name, next(parts.numbers), flag="0", **letter)
        seq = (await api.taken(whole))["seq_no"]
        for number in order:
            changes = letter if number == 1 else {}
            await api.taken(parts.pocket(number, **changes))
        found = await api.until(seq, "approved")
        assert found["pockets"] == {"total": 2, "received": [1, 2], "missing": []}, order
        assert [each["uuid"] for each in found["attachments"]] == ["file-2"], order
        drafts = (await api.get("/declarations", params={"status": "draft"})).json["items"]
        assert drafts == [], order


async def test_a_repeated_pocket_is_a_duplicate_and_does_not_stall_its_group(api: Api) -> None:
    parts = Set("B1", 3)
    first = await api.taken(parts.pocket(2))
    again = await api.post(parts.pocket(2))
    assert again.status == 200
    assert again.json["duplicate"]
    assert again.json["seq_no"] == first["seq_no"]
    body = parts.pocket(1)
    await api.taken(body)
    assert (await api.post(body)).status == 200
    await api.taken(parts.pocket(3))
    await api.until(first["seq_no"], "approved")
    late = await api.post(parts.pocket(1))
    assert (late.status, late.json["duplicate"]) == (200, True)
    assert [r[0] for r in await stored_receipts(api, first["seq_no"])].count("GRT201") == 1


async def test_a_gap_is_refused_after_its_time_and_the_set_is_assembled_with_the_next_attempt(
    api: Api, clock: MovedClock
) -> None:
    parts = Set("C1", 3)
    seq = (await api.taken(parts.pocket(1)))["seq_no"]
    await api.taken(parts.pocket(3))
    await api.until(seq, "received")
    assert (await api.declaration(seq))["pockets"] == {
        "total": 3,
        "received": [1, 3],
        "missing": [2],
    }
    clock.advance(599)
    assert (await api.declaration(seq))["status"] == "received"
    clock.advance(2)
    await api.until(seq, "refused")
    (gap,) = [r for r in await api.receipts() if r["seq_no"] == seq and r["result"] == "2"]
    assert "missing pockets: 2)" in gap["notes"][0]
    await api.taken(parts.pocket(2))
    assert (await api.declaration(seq))["status"] == "refused"
    assert (await api.taken(parts.pocket(1)))["seq_no"] == seq
    done = await api.until(seq, "approved")
    assert done["attempt"] == 2


@pytest.mark.slow
async def test_files_whose_declaration_never_comes_are_reported_in_time_and_go_on_when_it_does(
    api: Api, clock: MovedClock
) -> None:
    parts = Set("K1", 4)
    seq = (await api.taken(parts.pocket(3)))["seq_no"]
    (waiting,) = (await api.get("/declarations", params={"status": "draft"})).json["items"]
    assert waiting["seq_no"] == seq
    assert [(a["action"], a["enabled"]) for a in waiting["actions"]] == [
        ("declare", False),
        ("delete", True),
    ]
    assert "has not come" in waiting["actions"][0]["reason"]
    clock.advance(599)
    await api.taken(parts.pocket(2))
    found = await api.declaration(seq)
    assert (found["status"], found["undeliverable"], len(await api.timeline(seq))) == (
        "draft",
        None,
        1,
    )
    clock.advance(2)

    async def reported() -> Any:
        return (await api.declaration(seq))["undeliverable"]

    text = await eventually(reported, what="the gap")
    assert "缺第 1, 4 个子报文" in text
    assert "missing pockets: 1, 4" in text
    last = (await api.timeline(seq))[-1]
    assert (last["event"], last["status"], last["source"]) == ("undelivered", "draft", "gateway")
    assert "缺第 1, 4 个子报文" in last["text_zh"]
    assert (
        datetime.fromisoformat(last["at"])
        - datetime.fromisoformat((await api.timeline(seq))[0]["at"])
    ).total_seconds() == 600
    assert (await api.get("/declarations", params={"status": "draft"})).json["items"][0][
        "undeliverable"
    ] == text
    await api.taken(parts.pocket(4))  # news: the text was about less, and a new period begins
    assert await reported() is None
    clock.advance(601)
    assert "missing pockets: 1," in await eventually(reported, what="the gap once more")
    assert (await api.taken(parts.pocket(1)))["seq_no"] == seq
    done = await api.until(seq, "approved")
    assert (done["undeliverable"], done["pockets"]["missing"]) == (None, [])


async def test_a_group_that_was_completed_or_withdrawn_in_time_is_not_reported(
    api: Api, clock: MovedClock, pair: Pair
) -> None:
    whole, gone = Set("K2", 2), Set("K3", 2, itertools.count(50))
    seq = (await api.taken(whole.pocket(2)))["seq_no"]
    left = (await api.taken(gone.pocket(2)))["seq_no"]
    assert (await api.taken(whole.pocket(1, flag="0")))["seq_no"] == seq
    assert (await api.delete(f"/declarations/{left}")).status in (200, 204)
    clock.advance(10_000)
    assert await pair.gateway.gaps.report(clock.now()) == 0
    for number in (seq, left):
        assert "undelivered" not in [e["event"] for e in await api.timeline(number)]


async def test_files_wait_for_a_draft_to_be_declared(api: Api) -> None:
    parts = Set("D1", 2)
    first = await api.taken(parts.pocket(2))
    assert first["status"] == "draft"
    seq = (await api.taken(parts.pocket(1, flag="0")))["seq_no"]
    assert seq == first["seq_no"]
    assert (await api.declaration(seq))["status"] == "draft"
    await api.taken(parts.pocket(1))
    await api.until(seq, "approved")


async def test_a_file_is_downloaded_byte_for_byte_and_by_its_owner_only(api: Api) -> None:
    parts = Set("E1", 2)
    await api.taken(parts.pocket(1))
    seq = (await api.taken(parts.pocket(2)))["seq_no"]
    (file,) = (await api.until(seq, "approved"))["attachments"]
    assert file == {
        "uuid": "file-2",
        "file_name": "保函 2.pdf",
        "size": len(PDF),
        "links": {"raw": f"/api/v1/declarations/{seq}/attachments/file-2"},
    }
    answer = await api.get(file["links"]["raw"])
    assert (answer.status, answer.body, answer.type) == (200, PDF, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await api.get(file["links"]["raw"], enterprise=SHANGHAI)).status == 404
    assert (await api.get(f"/declarations/{seq}/attachments/file-9")).status == 404


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"FileHash": "0" * 40}, "PKT.05"),
        ({"FileSize": "5"}, "PKT.04"),
        ({"FileHashMethod": "md5"}, "PKT.05"),
        ({"OwnerCode": SHANGHAI}, "X.01"),
        ({"FileData": "***"}, "XSD.04"),
        ({"FileData": "QUJ"}, "XSD.04"),
        ({"FileName": ""}, "XSD.02"),
    ],
)
@pytest.mark.slow
async def test_a_file_that_is_not_what_it_says_is_refused(
    api: Api, changes: dict[str, str], code: str
) -> None:
    refused = await api.post(Set("F1", 2).pocket(2, **changes))
    assert refused.status == (403 if code == "X.01" else 422)
    assert code in refused.codes
    assert (await api.get("/declarations")).json["total"] == 0


async def test_a_digest_may_be_md5_or_upper_case(api: Api) -> None:
    digest = hashlib.md5(PDF, usedforsecurity=False).hexdigest().upper()
    await api.taken(Set("F2", 2).pocket(2, FileHashMethod="md5", FileHash=digest))


async def test_pocket_info_that_cannot_be_is_refused(api: Api) -> None:
    def codes(body: bytes) -> Any:
        return api.post(body)

    assert (await codes(pocketed(grt101("G1", 1), "", 2, 1))).codes == ["PKT.01"]
    assert (await codes(pocketed(grt101("G1", 2), "P", 2, 3))).codes == ["PKT.02"]
    assert (await codes(attachment(PDF, "P", 1, 1, 3))).codes == ["PKT.03"]
    assert (await codes(attachment(PDF, "", 2, 2, 4))).codes == ["PKT.01"]


async def test_two_submissions_with_an_empty_pocket_id_are_not_mixed(api: Api) -> None:
    one, two = await api.taken(grt101("H1", 1)), await api.taken(grt101("H2", 2))
    assert one["seq_no"] != two["seq_no"]
    for seq in (one["seq_no"], two["seq_no"]):
        found = await api.until(seq, "approved")
        assert "pockets" not in found
        assert "attachments" not in found


async def test_another_content_under_a_taken_number_clashes_but_the_same_uuid_replaces_the_file(
    api: Api,
) -> None:
    parts = Set("I1", 3)
    seq = (await api.taken(parts.pocket(1)))["seq_no"]
    await api.taken(parts.pocket(2))
    clash = await api.post(parts.pocket(2, OTHER, UUID="another"))
    assert (clash.status, clash.codes) == (409, ["PKT.07"])
    assert clash.json["original"]["seq_no"] == seq
    await api.taken(parts.pocket(2, OTHER))
    assert (await api.get(f"/declarations/{seq}/attachments/file-2")).body == OTHER
    total = await api.post(pocketed(grt101("I1", 90), "P-I1", 4, 1))
    assert (total.status, total.codes) == (409, ["PKT.06"])
    await api.taken(parts.pocket(3))
    await api.until(seq, "approved")
    late = await api.post(parts.pocket(2))
    assert (late.status, late.codes) == (409, ["PKT.07"])


async def test_a_levy_is_confirmed_with_a_file_whichever_comes_first(api: Api) -> None:
    made = await api.control(
        "POST",
        "/levies",
        {
            "enterprise": api.enterprise,
            "customs": "0100",
            "amount": "120000.50",
            "biz_type": "2",
            "biz_no": "C010016A0471",
            "oriact_no": "C010016A0471",
        },
    )

    async def issued() -> Any:
        return next(iter((await api.get("/levies")).json["items"]), None)

    row = await eventually(issued, what="the levy")
    early = await api.taken(attachment(PDF, "P-L", 2, 2, 1, message_type="GRT111"))
    own = (
        "pmnEtpsSccd",
        "pmnEtpsno",
        "pmnEtpsNm",
        "pmnEtpsOpaccBankNm",
        "pmnEtpsBankAcctnum",
        "etpsConcErName",
        "etpsConcErTelnum",
    )
    chosen = {k: v for k, v in grt111_fields().items() if k in own}
    body = grt111(
        2,
        **{
            **row["fields"],
            **chosen,
            "gurTypecd": "2",
            "gurModecd": "1",
            "paymnModecd": "1",
            "gasrNo": "",
            "ltguaNo": "",
            "ltguaValidDate": "",
        },
    )
    taken = await api.taken(pocketed(body, "P-L", 2, 1))
    assert taken["seq_no"] == row["seq_no"]
    found = await api.until(row["seq_no"], "approved")
    assert found["business_no"] == made.json["levy_no"]
    assert [a["uuid"] for a in found["attachments"]] == ["file-2"]
    assert (await api.declaration(early["seq_no"]))["deleted"]


async def test_pockets_that_the_outbox_reads_again_are_the_messages_that_were_offered_first(
    api: Api, pair: Pair
) -> None:
    parts = Set("J1", 2)
    await api.taken(parts.pocket(2))
    offered: list[str] = []
    relay = pair.gateway.relay
    offer, relay.offer = (
        relay.offer,
        lambda parcels: offered.extend(m.id for p in parcels for m in p.messages),
    )  # type: ignore[method-assign]
    seq = (await api.taken(parts.pocket(1)))["seq_no"]
    relay.offer = offer  # type: ignore[method-assign]
    assert len(set(offered)) == 2
    (parcel,) = await pair.gateway.outbox.due(10, frozenset())
    assert sorted(m.id for m in parcel.messages) == sorted(offered)
    assert [d.seq_no for _, d in parcel.notes if d] == [int(seq)]
    relay.wake()
    await api.until(seq, "approved")
