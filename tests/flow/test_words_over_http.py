"""What both APIs say when they refuse: the kind of thing that is unknown, the methods that an
address has, a title that fits the status, and how much more there is to read."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from tests.conftest import Api, Reply, client, pair_at
from tests.factories import grt101
from tests.mutants import CHINESE, QUOTED

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    async with pair_at(tmp_path_factory.mktemp("words") / "home") as pair, client(pair.ready) as a:
        yield a


def control(api: Api, path: str) -> str:
    return f"{api.ready.control}/control/v1{path}"


async def asked(api: Api, method: str, path: str, **options: Any) -> Reply:
    """A call of either API: a path that begins with "control" is the operator's."""
    if path.startswith("control"):
        key = api.ready.operator_key
        return await api.call(method, control(api, path[7:]), key=key, **options)
    return await api.call(method, path, **options)


UNKNOWN = {
    "/codelists/nonsense": "code list",
    "/enterprises/9999999999": "enterprise",
    "/messages/NOBODY-1": "message",
    "/messages/NOBODY-1/raw": "message",
    "/declarations/202600000000000001": "declaration",
    "/declarations/202600000000000001/timeline": "declaration",
    "/declarations/17": "declaration",
    "control/parked/99": "parked message",
    "control/expectations/99": "expectation",
    "control/scenarios/nonsense": "scenario",
    "control/messages/99": "message",
}


async def test_a_filing_is_found_by_both_its_numbers_however_they_were_pasted(api: Api) -> None:
    taken = await api.taken(grt101("202611281152030044", 71))
    number, reference = taken["seq_no"], "202611281152030044"
    await api.until(number, "approved")
    pasted = f" {number[:8]} {number[8:]} ", "".join(chr(ord(c) + 0xFEE0) for c in number)
    for text in (number, reference, *pasted):
        listed = await api.get("/declarations", params={"q": text})
        assert number in [item["seq_no"] for item in listed.json["items"]], text
        found = await asked(api, "GET", "control/search", params={"q": text, "kind": "case"})
        hits = [hit["number"] for group in found.json["groups"] for hit in group["items"]]
        assert number in hits, text
    by_reference = await api.get("/declarations", params={"enterprise_ref": reference})
    assert [item["seq_no"] for item in by_reference.json["items"]] == [number]
    for text in pasted:
        (finding,) = (await api.get(f"/declarations/{quote(text)}")).findings
        assert f"did you mean {number}?" in finding["hint_en"]
        item = {"seq_no": text.strip(), "result": "approve"}
        (finding,) = (await api.control("POST", "/decisions", {"items": [item]})).findings
        assert f"did you mean {number}?" in finding["hint_en"]
    (finding,) = (await api.get(f"/declarations/{number[:17]}")).findings
    assert "has 18 digits, this has 17" in finding["hint_en"]


@pytest.mark.parametrize("path", UNKNOWN)
async def test_what_is_unknown_is_called_by_its_kind(api: Api, path: str) -> None:
    answer = await asked(api, "GET", path)

    assert answer.status == 404, answer.body
    (finding,) = answer.findings
    assert UNKNOWN[path] in finding["message_en"], finding
    assert ("declaration" in finding["message_en"]) == (UNKNOWN[path] == "declaration")
    assert finding["hint_zh"]
    assert finding["hint_en"]


METHODS = {
    "/messages": ("PUT", "POST"),
    "/receipts": ("DELETE", "GET"),
    "/codelists": ("POST", "GET"),
    "control/decisions": ("GET", "POST"),
    "control/worklist": ("DELETE", "GET"),
}


@pytest.mark.parametrize("path", METHODS)
async def test_a_wrong_method_is_told_which_are_right(api: Api, path: str) -> None:
    method, right = METHODS[path]

    answer = await asked(api, method, path)

    assert answer.status == 405, answer.body
    assert right in answer.headers["Allow"]
    (finding,) = answer.findings
    assert finding["code"] == "QUERY.04"
    assert right in finding["wanted"]
    assert method in finding["message_en"]
    assert "no such resource" not in answer.json["detail"]


@pytest.mark.parametrize("path", ["/nothing/here", "control/nothing"])
async def test_an_unknown_address_is_named(api: Api, path: str) -> None:
    answer = await asked(api, "GET", path)

    assert answer.status == 404
    (finding,) = answer.findings
    assert finding["code"] == "QUERY.02"
    assert path.removeprefix("control") in finding["message_en"]


REFUSED = {
    "422": lambda: grt101(gasrAmt="-5", etpsConcErTelnum="9" * 40),
    "400": lambda: b"hello",
    "403": lambda: grt101(enterprise="3105960AAA"),
    "empty": lambda: b"",
}


@pytest.mark.parametrize("name", REFUSED)
async def test_the_title_of_a_problem_is_that_of_its_status(api: Api, name: str) -> None:
    answer = await api.post(REFUSED[name]())

    assert answer.json["title"] == HTTPStatus(answer.status).phrase
    assert answer.json["status"] == answer.status


async def test_the_detail_says_how_many_more_findings_there_are(api: Api) -> None:
    answer = await api.post(grt101(gasrAmt="-5", etpsConcErTelnum="9" * 40, dclTime="yesterday"))

    more = sum(f["severity"] == "error" for f in answer.findings) - 1
    assert more >= 2
    assert f"({more} more in findings)" in answer.json["detail"]
    assert f"另有 {more} 项" in answer.json["detail"]


async def test_one_finding_is_told_without_a_count(api: Api) -> None:
    answer = await api.post(grt101(gasrAmt="-5"))

    assert "more in findings" not in answer.json["detail"]


async def test_the_detail_of_the_control_api_counts_too(api: Api) -> None:
    text = b"rules:\n  - setps: []\n    nmae: x\n    mach: {}\n"

    answer = await asked(api, "PUT", "control/scenario", body=text, content_type="application/yaml")

    assert answer.status == 422
    assert len(answer.findings) > 2
    more = len(answer.findings) - 1
    assert f"({more} more in findings)" in answer.json["detail_en"]
    assert f"另有 {more} 项" in answer.json["detail"]
    assert any("did you mean steps" in f["message_en"] for f in answer.findings)


async def test_a_form_field_gets_a_hint_of_its_own(api: Api) -> None:
    answer = await api.post(
        b"xml=%3CPackage%2F%3E", content_type="application/x-www-form-urlencoded"
    )

    assert answer.status == 400
    assert "--data-binary" in answer.findings[0]["hint_en"]


async def test_a_declared_filing_named_by_its_number_is_told_by_its_own_reference(api: Api) -> None:
    assert (await api.post(grt101("WORDS-1", 901))).status == 202
    first = (await api.get("/declarations?enterprise_ref=WORDS-1")).json["items"][0]

    answer = await api.post(grt101("WORDS-2", 902, seq_no=first["seq_no"]))

    assert answer.status == 409
    (finding,) = answer.findings
    assert finding["code"] == "X.05"
    assert "WORDS-2" not in finding["message_en"]
    assert "WORDS-1" in finding["message_en"]
    assert finding["value"] == first["seq_no"]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("1234567890123456", "at most 15 digits"),
        ("-5", "0 or more"),
        ("1,000", "without separators; write 1000"),
        ("１０００", "write 1000"),
        ("1000元", "write 1000"),
    ],
)
async def test_an_amount_is_told_what_is_wrong_with_it(api: Api, value: str, wanted: str) -> None:
    (finding,) = (await api.post(grt101(gasrAmt=value))).findings

    assert finding["code"] == "X.09"
    assert wanted in finding["message_en"]
    assert "元" not in QUOTED.sub("", finding["message_en"])
    assert " / " in finding["wanted"]


async def test_a_value_that_is_there_is_never_told_that_it_may_be_empty(api: Api) -> None:
    (finding,) = (await api.post(grt101(ltguaValidDate="2027/11/22"))).findings

    assert finding["code"] == "XSD.04"
    assert "may be empty" not in finding["message_en"] + finding["wanted"]
    assert "可为空" not in finding["message_zh"]
    assert re.search(r"yyyy-MM-dd HH:mm:ss", finding["message_en"])


async def test_no_english_sentence_begins_with_a_chinese_label(api: Api) -> None:
    answer = await api.post(
        grt101(gasrAmt="x", etpsConcErTelnum="9" * 40, masterCuscd="9999", dclTypecd="7")
    )

    for finding in answer.findings:
        assert not CHINESE.search(QUOTED.sub("", finding["message_en"])), finding
        assert finding["message_en"].startswith(f"{finding['field']} {finding['label_en']}")
