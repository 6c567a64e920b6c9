"""From POST to 审批通过 and back, over HTTP, with both sides running: what declaration software
sees."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest
from lxml import etree

from fixtures.kit.pair.pair import Pair
from schemas.package import open_package
from schemas.xml import XmlReader
from schemas.xsd import SchemaSet
from tests.conftest import SHANGHAI, Api, Reply, eventually
from tests.factories import dxp, grt101

APPROVED_STEPS = ["申报成功", "成功发送至海关", "海关接收成功", "审批通过"]
UNKNOWN = "202699999999999999"


async def original_of(answer: Reply) -> Any:
    assert answer.status == 409, answer.body.decode()
    assert answer.findings
    return answer.json["original"]


# the whole way


@pytest.mark.slow
async def test_a_declaration_is_approved_with_exactly_four_steps(api: Api) -> None:
    taken = await api.taken(grt101("R0001"))
    assert (taken["status"], taken["duplicate"], taken["enterprise_ref"]) == (
        "declared",
        False,
        "R0001",
    )
    assert (taken["message_type"], taken["warnings"]) == ("GRT101", [])
    assert len(taken["seq_no"]) == 18
    found = await api.until(taken["seq_no"], "approved")
    assert (found["status_text"], found["attempt"], found["conflict"]) == ("审批通过", 1, False)
    steps = await api.timeline(taken["seq_no"])
    assert [step["status_text"] for step in steps] == APPROVED_STEPS
    assert [step["source"] for step in steps] == [
        "enterprise",
        steps[1]["source"],
        "customs",
        "customs",
    ]
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)


async def test_its_receipts_are_grt200_and_grt201_valid_and_the_second_carries_the_number(
    api: Api,
) -> None:
    found = await api.approved(grt101("R0001"))
    first, second = await eventually(lambda: _two(api))
    assert [r["message_type"] for r in (first, second)] == ["GRT200", "GRT201"]
    assert [r["result"] for r in (first, second)] == ["1", "1"]
    assert {r["seq_no"] for r in (first, second)} == {found["seq_no"]}
    assert {r["enterprise_ref"] for r in (first, second)} == {"R0001"}
    assert second["business_no"] == found["business_no"]
    schemas = SchemaSet()
    for receipt in (first, second):
        raw = await api.get(receipt["links"]["raw"])
        assert (raw.status, raw.type) == (200, "application/xml")
        package = XmlReader().read(raw.body)
        business = open_package(package).business
        for name, element in (("package", package.root), (receipt["message_type"], business)):
            assert schemas.valid(name, element), schemas.reasons(name, element)
        told = (await api.get(receipt["links"]["raw"].removesuffix("/raw"))).json
        assert (told["sha256"], told["size"]) == (
            hashlib.sha256(raw.body).hexdigest(),
            len(raw.body),
        )
    assert business.findtext("GRT201/GrtGasrLevyBsc/gasrNo") == found["business_no"] != ""
    assert business.findtext("GRT201/HdeApprResult/etpsPreentNo") == found["seq_no"]


async def _two(api: Api) -> list[Any]:
    found = await api.receipts()
    return found if len(found) == 2 else []


async def test_what_was_sent_is_kept_byte_for_byte(api: Api) -> None:
    for number, body in enumerate(
        (grt101("A", 1, encoding="GBK"), grt101("B", 2, form="DxpMsg")), 1
    ):
        taken = await api.taken(body)
        raw = await api.get(taken["links"]["message"] + "/raw")
        assert raw.body == body, number
        told = (await api.get(taken["links"]["message"])).json
        assert (told["sha256"], told["size"]) == (hashlib.sha256(body).hexdigest(), len(body))


@pytest.mark.parametrize("form", ["Package", "Signature", "DxpMsg"])
@pytest.mark.parametrize("namespace", [None, "default", "prefixed"])
@pytest.mark.slow
async def test_every_form_and_dialect_is_approved(
    api: Api, form: str, namespace: str | None
) -> None:
    assert (await api.approved(grt101("R0001", form=form, namespace=namespace)))["fields"][
        "gasrAmt"
    ] == "500000"


async def test_a_package_inside_a_dxp_message_is_approved(api: Api) -> None:
    assert (await api.approved(dxp(grt101("R0001", form="Package"))))["status"] == "approved"


@pytest.mark.parametrize("encoding", ["UTF-8-SIG", "UTF-16", "GBK", "GB18030"])
async def test_every_encoding_is_approved_and_shown_alike(api: Api, encoding: str) -> None:
    found = await api.approved(grt101("R0001", encoding=encoding))
    assert found["fields"]["assuredEtpsNm"] == "北京某某保税科技有限公司"


@pytest.mark.slow
async def test_many_declarations_at_once_are_all_approved_with_numbers_of_their_own(
    api: Api,
) -> None:
    taken = await asyncio.gather(*(api.taken(grt101(f"R{n}", n)) for n in range(100)))
    assert len({t["seq_no"] for t in taken}) == 100
    found = await asyncio.gather(*(api.until(t["seq_no"], "approved") for t in taken))
    assert len({f["business_no"] for f in found}) == 100
    for one in taken[::20]:
        assert [s["status_text"] for s in await api.timeline(one["seq_no"])] == APPROVED_STEPS


# the feed


async def test_each_enterprise_has_a_feed_of_its_own_without_gaps_from_1(api: Api) -> None:
    await asyncio.gather(
        *(api.approved(grt101(f"B{n}", n)) for n in range(7)),
        *(
            api.approved(grt101(f"S{n}", n, enterprise=SHANGHAI), enterprise=SHANGHAI)
            for n in range(5)
        ),
    )
    beijing, shanghai = await api.receipts(), await api.receipts(enterprise=SHANGHAI)
    assert [r["seq"] for r in beijing] == list(range(1, 15))
    assert [r["seq"] for r in shanghai] == list(range(1, 11))
    assert {r["enterprise_ref"][0] for r in beijing} == {"B"}
    assert {r["enterprise_ref"][0] for r in shanghai} == {"S"}


async def test_an_acknowledged_receipt_is_not_given_again_unless_asked_for(api: Api) -> None:
    for n in range(2):
        await api.approved(grt101(f"R{n}", n))
    acked = await api.post(b'{"up_to": 3}', "/receipts/ack", content_type="application/json")
    assert (acked.status, acked.json) == (
        200,
        {"enterprise": api.enterprise, "acked": 3, "last": 4, "feed": acked.json["feed"]},
    )
    assert [r["seq"] for r in (await api.get("/receipts")).json["items"]] == [4]
    assert [r["seq"] for r in await api.receipts(after=0)] == [1, 2, 3, 4]
    back = await api.post(b'{"up_to": 1}', "/receipts/ack", content_type="application/json")
    assert back.json["acked"] == 3, "a mark never moves back"
    too_far = await api.post(b'{"up_to": 5}', "/receipts/ack", content_type="application/json")
    assert (too_far.status, [f["field"] for f in too_far.findings]) == (400, ["up_to"])


async def test_pages_of_the_feed_meet_without_gap_or_overlap(api: Api) -> None:
    for n in range(3):
        await api.approved(grt101(f"R{n}", n))
    page = (await api.get("/receipts", params={"after": 0, "limit": 4})).json
    assert ([r["seq"] for r in page["items"]], page["total"], page["next"]) == (
        [1, 2, 3, 4],
        6,
        "4",
    )
    page = (await api.get("/receipts", params={"after": page["next"], "limit": 4})).json
    assert ([r["seq"] for r in page["items"]], page["total"], page["next"]) == ([5, 6], 2, None)


# identity (docs/contract.md 1)


async def test_the_same_message_again_gets_the_first_answer(api: Api) -> None:
    first = await api.post(grt101("R0001"))
    again = await api.post(grt101("R0001"))
    assert (first.status, again.status) == (202, 200)
    assert again.json == first.json | {"duplicate": True}
    await api.until(first.json["seq_no"], "approved")
    late = await api.post(grt101("R0001"))
    assert (late.status, late.json) == (200, again.json)
    assert (await api.get("/declarations")).json["total"] == 1


async def test_the_same_message_id_with_other_content_is_a_clash_that_names_the_first(
    api: Api,
) -> None:
    first = await api.taken(grt101("R0001"))
    answer = await api.post(grt101("R0001", gasrAmt="600000"))
    assert answer.codes == ["ID.01"]
    assert await original_of(answer) == {
        "message_id": first["message_id"],
        "seq_no": first["seq_no"],
        "enterprise_ref": "R0001",
        "status": "declared",
    }


async def test_a_new_message_id_on_the_same_filing_is_a_repeat_when_the_content_is_the_same(
    api: Api,
) -> None:
    first = await api.taken(grt101("R0001", 1))
    again = await api.post(grt101("R0001", 2))
    assert again.status == 200
    assert (again.json["seq_no"], again.json["duplicate"]) == (first["seq_no"], True)
    await api.until(first["seq_no"], "approved")
    for number, dialect in enumerate(
        (
            {"namespace": "prefixed"},
            {"namespace": "default"},
            {"encoding": "GBK"},
            {"form": "DxpMsg"},
        ),
        3,
    ):
        repeat = await api.post(grt101("R0001", number, **dialect))
        assert (repeat.status, repeat.json.get("seq_no")) == (200, first["seq_no"]), dialect
    assert [s["status_text"] for s in await api.timeline(first["seq_no"])] == APPROVED_STEPS


async def test_a_new_message_id_on_the_same_filing_with_other_content_is_a_clash(api: Api) -> None:
    first = await api.taken(grt101("R0001", 1))
    await api.until(first["seq_no"], "approved")
    for body in (
        grt101("R0001", 2, gasrAmt="600000"),
        grt101("R0001", 3, gasrAmt="600000", seq_no=first["seq_no"]),
    ):
        answer = await api.post(body)
        assert await original_of(answer) == {
            "message_id": first["message_id"],
            "seq_no": first["seq_no"],
            "enterprise_ref": "R0001",
            "status": "approved",
        }
    assert (await api.declaration(first["seq_no"]))["fields"]["gasrAmt"] == "500000"


async def test_a_clash_uses_up_neither_message_id_nor_reference(api: Api) -> None:
    await api.taken(grt101("R0001", 1))
    assert (await api.post(grt101("R0001", 2, gasrAmt="600000"))).status == 409
    assert (await api.post(grt101("R0002", 2))).status == 202


async def test_two_equal_posts_at_once_give_one_202_and_one_200(api: Api) -> None:
    for n in range(5):
        answers = await asyncio.gather(*(api.post(grt101(f"R{n}", n)) for _ in range(2)))
        assert sorted(a.status for a in answers) == [200, 202]
        assert len({a.json["seq_no"] for a in answers}) == 1
    assert (await api.get("/declarations")).json["total"] == 5


async def test_two_messages_on_one_filing_at_once_give_one_202_and_one_200(api: Api) -> None:
    answers = await asyncio.gather(*(api.post(grt101("R0001", n)) for n in range(2)))
    assert sorted(a.status for a in answers) == [200, 202]
    assert len({a.json["seq_no"] for a in answers}) == 1


# drafts


async def test_a_draft_is_saved_with_what_is_missing_and_declared_under_the_same_number(
    api: Api,
) -> None:
    draft = await api.taken(grt101("R0001", 1, flag="0", gasrAmt=""))
    assert draft["status"] == "draft"
    assert draft["warnings"][0]["code"] == "X.10"
    assert {w["field"] for w in draft["warnings"]} >= {"gasrAmt"}
    assert {w["severity"] for w in draft["warnings"]} == {"warning"}
    assert (await api.declaration(draft["seq_no"]))["status_text"] == "暂存"
    declared = await api.taken(grt101("R0001", 2, seq_no=draft["seq_no"]))
    assert (declared["seq_no"], declared["status"]) == (draft["seq_no"], "declared")
    found = await api.until(draft["seq_no"], "approved")
    assert (found["attempt"], found["fields"]["gasrAmt"]) == (1, "500000")
    assert [s["status_text"] for s in await api.timeline(draft["seq_no"])] == [
        "暂存",
        *APPROVED_STEPS,
    ]


async def test_a_draft_is_found_by_its_reference_alone(api: Api) -> None:
    draft = await api.taken(grt101("R0001", 1, flag="0"))
    saved = await api.taken(grt101("R0001", 2, flag="0", gasrAmt="700000"))
    assert saved["seq_no"] == draft["seq_no"]
    assert (await api.declaration(draft["seq_no"]))["fields"]["gasrAmt"] == "700000"
    assert (await api.taken(grt101("R0001", 3)))["seq_no"] == draft["seq_no"]


async def test_a_withdrawn_draft_frees_its_reference(api: Api) -> None:
    draft = await api.taken(grt101("R0001", 1, flag="0"))
    gone = await api.delete(f"/declarations/{draft['seq_no']}")
    assert (gone.status, gone.body) == (204, b"")
    assert (await api.get("/declarations", params={"enterprise_ref": "R0001"})).json["total"] == 0
    new = await api.taken(grt101("R0001", 2))
    assert new["seq_no"] != draft["seq_no"]
    await api.until(new["seq_no"], "approved")
    assert (await api.delete(f"/declarations/{draft['seq_no']}")).status == 404


async def test_what_is_declared_cannot_be_withdrawn(api: Api) -> None:
    found = await api.approved(grt101("R0001"))
    answer = await api.delete(f"/declarations/{found['seq_no']}")
    assert (await original_of(answer))["status"] == "approved"


async def test_a_returned_filing_is_declared_again_under_its_number(api: Api) -> None:
    """Customs gives a letter to one guarantee only: the second filing is returned, and mended."""
    await api.approved(grt101("R0001", 1, ltguaNo="BH-1"))
    second = await api.taken(grt101("R0002", 2, ltguaNo="BH-1"))
    returned = await api.until(second["seq_no"], "returned")
    assert (returned["status_text"], returned["attempt"]) == ("退单", 1)
    again = await api.taken(grt101("R0002", 3, ltguaNo="BH-2"))
    assert again["seq_no"] == second["seq_no"]
    found = await api.until(second["seq_no"], "approved")
    assert found["attempt"] == 2
    assert [s["status_text"] for s in await api.timeline(second["seq_no"])] == [
        *APPROVED_STEPS[:3],
        "退单",
        *APPROVED_STEPS,
    ]


# customs not there


async def test_while_customs_is_on_hold_a_message_is_being_processed_and_then_approved(
    api: Api,
) -> None:
    assert (await api.control("POST", "/hold")).status == 200
    taken = await api.taken(grt101("R0001"))
    found = await api.declaration(taken["seq_no"])
    assert (found["status"], found["status_text"]) == ("declared", "数据正在处理")
    assert (await api.get("/declarations", params={"status": "数据正在处理"})).json["total"] == 1
    assert (await api.get("/readyz", key="")).status == 200
    assert (await api.control("POST", "/release")).status == 200
    await api.until(taken["seq_no"], "approved")
    assert [s["status_text"] for s in await api.timeline(taken["seq_no"])] == APPROVED_STEPS


@pytest.mark.slow
async def test_what_was_taken_during_an_outage_arrives_after_it_in_full(api: Api) -> None:
    await api.control("POST", "/hold")
    taken = await asyncio.gather(*(api.taken(grt101(f"R{n}", n)) for n in range(50)))
    await api.control("POST", "/release")
    await asyncio.gather(*(api.until(t["seq_no"], "approved") for t in taken))
    assert [r["seq"] for r in await api.receipts()] == list(range(1, 101))


# what is not yours


async def test_a_foreign_number_answers_exactly_like_an_unknown_one(api: Api) -> None:
    foreign = (await api.approved(grt101("S1", 1, enterprise=SHANGHAI), enterprise=SHANGHAI))[
        "seq_no"
    ]
    assert len(UNKNOWN) == len(foreign)

    async def answers(number: str) -> list[tuple[int, str]]:
        found = [
            await api.get(f"/declarations/{number}"),
            await api.get(f"/declarations/{number}/timeline"),
            await api.delete(f"/declarations/{number}"),
            await api.post(grt101("R0001", 1, seq_no=number)),
            await api.post(grt101("R0001", 2, seq_no=number, flag="0")),
        ]
        return [(a.status, a.body.decode().replace(number, "N")) for a in found]

    theirs, nobodys = await answers(foreign), await answers(UNKNOWN)
    assert theirs == nobodys
    assert {status for status, _ in theirs} == {404}
    assert all("ID.02" in body for _, body in theirs)
    assert (await api.get("/declarations")).json["total"] == 0


async def test_a_foreign_message_answers_exactly_like_an_unknown_one(api: Api) -> None:
    taken = await api.taken(grt101("S1", 1, enterprise=SHANGHAI), enterprise=SHANGHAI)
    await api.until(taken["seq_no"], "approved", enterprise=SHANGHAI)
    receipt = (await api.receipts(enterprise=SHANGHAI))[0]
    for known in (taken["message_id"], receipt["message_id"]):
        assert (await api.get(f"/messages/{known}/raw", enterprise=SHANGHAI)).status == 200
        unknown = "X" * len(known)
        for path in ("/messages/{}", "/messages/{}/raw"):
            theirs, nobodys = await api.get(path.format(known)), await api.get(path.format(unknown))
            assert theirs.status == nobodys.status == 404
            assert theirs.body.decode().replace(known, "N") == nobodys.body.decode().replace(
                unknown, "N"
            )


# forms of the answer


async def test_a_client_that_wants_xml_gets_a_common_response_message(api: Api) -> None:
    answer = await api.post(grt101("R0001"), accept="application/xml")
    assert (answer.status, answer.type) == (202, "application/xml")
    root = etree.fromstring(answer.body)
    assert (root.tag, root.findtext("EtpsPreentNo"), root.findtext("DealFlag")) == (
        "CommonResponeMessage",
        "R0001",
        "0",
    )
    assert len(root.findtext("SeqNo") or "") == 18
    refused = await api.post(grt101("R0002", 2, gasrAmt="0"), accept="application/xml")
    root = etree.fromstring(refused.body)
    assert (refused.status, root.findtext("DealFlag"), root.find("SeqNo")) == (422, "-1", None)
    assert "S101.07" in (root.findtext("CheckInfo") or "")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/xml",
        "text/xml; charset=utf-8",
        "application/octet-stream",
        None,
        "application/x-www-form-urlencoded",
    ],
)
async def test_every_usual_content_type_is_read_as_xml(api: Api, content_type: str | None) -> None:
    assert (await api.post(grt101("R0001"), content_type=content_type)).status == 202


async def test_what_is_no_message_is_refused_as_a_problem_with_findings(api: Api) -> None:
    for answer, status, code in (
        (await api.post(grt101("R0001"), content_type="application/json"), 415, "SIZE.03"),
        (await api.post(b"<A>" + b"x" * 3_000_000 + b"</A>"), 413, "SIZE.02"),
        (await api.post(b""), 400, "SIZE.01"),
        (await api.post(b"hello"), 400, "XML.01"),
        (await api.get("/nothing"), 404, "QUERY.02"),
        (await api.get("/declarations", params={"status": "no such"}), 400, "QUERY.01"),
    ):
        assert (answer.status, answer.type, answer.codes) == (
            status,
            "application/problem+json",
            [code],
        )
        problem = answer.json
        assert (problem["status"], problem["type"]) == (status, f"/api/v1/docs/findings#{code}")
        assert problem["title"]
        assert problem["detail"]
        for item in problem["findings"]:
            assert item["message_zh"]
            assert item["message_en"]


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic eDp5", "Bearer "])
async def test_without_a_valid_key_nothing_is_told(
    api: Api, pair: Pair, authorization: str
) -> None:
    for answer in (
        await api.post(grt101("R0001"), key="", authorization=authorization or None),
        await api.get("/declarations", key="", authorization=authorization or None),
    ):
        assert (answer.status, answer.type) == (401, "application/problem+json")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert "findings" not in answer.json
    kept = await pair.gateway.store.read(
        lambda c: c.exec_driver_sql("SELECT count(*) FROM refusals").scalar_one()
    )
    assert kept == 0
