"""What the wire writes loosely and this e-port takes: pockets 0 of 0 or none at all, send_time of
fourteen digits, white space around a value whose type collapses it, optional elements empty
(docs/contract.md 6 and 8)."""

from __future__ import annotations

import re

import pytest

from fixtures import corpus
from schemas.collapsing import collapsing
from tests.conftest import Api
from tests.factories import grt101

POCKET = re.compile(rb"<PocketInfo>.*?</PocketInfo>\s*", re.DOTALL)
TIME = b"<send_time>2026-11-23T10:00:00</send_time>"


def pockets(total: str, number: str) -> bytes:
    return (
        grt101("R1", 1)
        .replace(b"<total_pocket_qty>1<", f"<total_pocket_qty>{total}<".encode())
        .replace(b"<cur_pocket_no>1<", f"<cur_pocket_no>{number}<".encode())
    )


NOT_SPLIT = {
    "0 of 0": pockets("0", "0"),
    "00 of 0": pockets("00", "0"),
    "no PocketInfo": POCKET.sub(b"", grt101("R1", 1)),
    "white space": pockets(" 1 ", "\n1\n"),
    "white space around 0": pockets(" 0 ", "\t0"),
    "0 of 0 under a pocket_id": pockets("0", "0").replace(
        b"<pocket_id/>", b"<pocket_id>P</pocket_id>"
    ),
}


@pytest.mark.parametrize("body", NOT_SPLIT.values(), ids=NOT_SPLIT)
@pytest.mark.slow
async def test_a_message_that_is_not_split_goes_through_both_sides(api: Api, body: bytes) -> None:
    taken = await api.taken(body)
    assert taken["warnings"] == []
    await api.until(taken["seq_no"], "approved")


@pytest.mark.parametrize(
    ("total", "number", "field"),
    [
        ("1", "0", "cur_pocket_no"),
        ("1", "2", "cur_pocket_no"),
        ("0", "1", "total_pocket_qty"),
        ("2", "0", "cur_pocket_no"),
        (" 2 ", "3", "cur_pocket_no"),
        ("-1", "1", "total_pocket_qty"),
        ("x", "1", "total_pocket_qty"),
    ],
)
async def test_numbers_that_fit_no_pocket_are_refused(
    api: Api, total: str, number: str, field: str
) -> None:
    body = pockets(total, number).replace(b"<pocket_id/>", b"<pocket_id>P</pocket_id>")
    answer = await api.post(body)

    assert answer.status == 422, answer.body
    assert [f["field"] for f in answer.findings if f["severity"] == "error"] == [field]


async def test_fourteen_digits_are_a_time_with_a_warning(api: Api) -> None:
    body = grt101("R1", 1).replace(TIME, b"<send_time> 20261123100000 </send_time>")
    taken = await api.taken(body)

    assert [w["code"] for w in taken["warnings"]] == ["XML.07"]
    assert taken["warnings"][0]["wanted"] == "2026-11-23T10:00:00"
    await api.until(taken["seq_no"], "approved")


@pytest.mark.parametrize("text", ["20261323100000", "2026112310000", "２０２６1123100000", "", " "])
@pytest.mark.slow
async def test_other_digits_are_no_time(api: Api, text: str) -> None:
    answer = await api.post(
        grt101("R1", 1).replace(TIME, f"<send_time>{text}</send_time>".encode())
    )

    assert (answer.status, answer.codes[0][:3]) == (422, "XSD")


@pytest.mark.parametrize("code", ["GRT101", "GRT121", "GRT151"])
async def test_white_space_around_a_collapsing_value_is_no_part_of_it(api: Api, code: str) -> None:
    """Every such element of a full sample at once, through both sides."""
    file = next(f for f in corpus.files(code, "valid") if f.name == "valid_full.xml")
    body = file.read_bytes()
    names = [n.encode() for n in collapsing() if f"<{n}>".encode() in body]
    loose = body
    for name in names:
        loose = re.sub(
            rb"<%b>([^<]+)</%b>" % (name, name), rb"<%b>\n \1\t</%b>" % (name, name), loose
        )

    assert len(names) > 3
    plain = (await api.post(body, "/messages/validate")).json
    said = (await api.post(loose, "/messages/validate")).json
    assert said["valid"] is True, said["findings"]
    assert [f["code"] for f in said["findings"]] == [f["code"] for f in plain["findings"]]


async def test_what_is_stored_has_no_white_space_around_it(api: Api) -> None:
    body = grt101("R1", 1).replace(b"<gasrAmt>500000<", b"<gasrAmt> 500000\n<")
    found = await api.approved(body)

    assert found["fields"]["gasrAmt"] == "500000"


@pytest.mark.parametrize(
    "name", ["SysId", "business_id", "Ic_Card", "is_unstructured", "pocket_id"]
)
async def test_an_optional_element_may_be_empty(api: Api, name: str) -> None:
    body = re.sub(rf"<{name}>[^<]*</{name}>".encode(), f"<{name}/>".encode(), grt101("R1", 1))
    assert f"<{name}/>".encode() in body

    await api.taken(body)
