"""POST /messages/batch: one result each, in order; good ones are taken whatever stands beside them;
a hostile ZIP is told what is wrong."""

from __future__ import annotations

import asyncio
import io
import struct
import time
import zipfile
from typing import Any

import pytest

from gateway.api.batch_sharing import GROUP
from tests.bounds import within
from tests.conftest import SHANGHAI, Api, Pair, Reply, client, pair_at
from tests.factories import grt101

NOW = (2026, 11, 23, 10, 0, 0)


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in files:
            archive.writestr(zipfile.ZipInfo(name, NOW), body, compress_type=method)
    return out.getvalue()


def many(count: int, first: int = 1) -> list[tuple[str, bytes]]:
    return [
        (f"{n}.xml", grt101(f"R{n:05d}", n, ltguaNo=f"LG{n:05d}"))
        for n in range(first, first + count)
    ]


def form(*files: tuple[str, bytes], more: bytes = b"") -> tuple[bytes, str]:
    """A multipart body, written out, and its content type."""
    parts = [
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n'
        % (name.encode(), body)
        for name, body in files
    ]
    return b"".join(parts) + more + b"--b--\r\n", "multipart/form-data; boundary=b"


async def send(api: Api, body: bytes, kind: str = "application/zip", **options: Any) -> Reply:
    return await api.post(body, "/messages/batch", content_type=kind, **options)


def statuses(answer: Reply) -> list[int]:
    assert answer.status == 200, answer.body.decode()
    return [item["status"] for item in answer.json["items"]]


def code(item: Any) -> str:
    found: str = item["problem"]["findings"][0]["code"]
    assert item["message"] is None
    assert item["problem"]["status"] == item["status"]
    assert item["problem"]["findings"][0]["message_zh"]
    assert item["problem"]["findings"][0]["message_en"]
    return found


async def test_each_file_of_a_zip_gets_the_answer_of_a_single_post_in_its_place(api: Api) -> None:
    good = many(3)
    bad = ("bad.xml", grt101("R9", 9, gasrAmt="1,000"))
    answer = await send(api, zipped(good[0], bad, *good[1:], ("again.xml", good[0][1])))
    assert statuses(answer) == [202, 422, 202, 202, 200]
    items = answer.json["items"]
    assert [item["file"] for item in items] == ["1.xml", "bad.xml", "2.xml", "3.xml", "again.xml"]
    assert [item["number"] for item in items] == [1, 2, 3, 4, 5]
    assert (answer.json["total"], answer.json["accepted"], answer.json["refused"]) == (5, 4, 1)
    single = await api.post(good[0][1])
    assert single.json == items[4]["message"]
    assert items[0]["message"] == {**single.json, "duplicate": False}
    alone = await api.post(bad[1])
    assert items[1]["problem"] == alone.json
    for item in (items[0], items[2], items[3]):
        await api.until(item["message"]["seq_no"], "approved")


async def test_a_multipart_form_is_a_batch_too(api: Api) -> None:
    body, kind = form(*many(2), ("sub/中文.xml", many(1, 7)[0][1]))
    answer = await send(api, body, kind)
    assert statuses(answer) == [202, 202, 202]
    assert [item["file"] for item in answer.json["items"]] == ["1.xml", "2.xml", "sub/中文.xml"]


async def test_folders_and_names_in_gbk_are_read(api: Api) -> None:
    content = zipped(("申报/一.xml", many(1)[0][1])).replace(
        "申报/一.xml".encode(), "申报/一A.xml".encode("gbk") + b"__"
    )
    flags = bytearray(content)
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(signature) + at
        flags[start : start + 2] = b"\0\0"
    answer = await send(api, bytes(flags))
    assert [item["file"] for item in answer.json["items"]] == ["申报/一A.xml__"]
    with_folder = zipped(("folder/", b""), ("__MACOSX/._1.xml", b"junk"), *many(1, 2))
    assert [item["file"] for item in (await send(api, with_folder)).json["items"]] == ["2.xml"]


async def test_a_partial_refusal_is_kept_as_a_single_one_is(pair: Pair, api: Api) -> None:
    await send(api, zipped(*many(1), ("no.xml", b"no xml at all"), ("empty.xml", b"")))
    rows = await pair.gateway.store.read(
        lambda c: c.exec_driver_sql(
            "SELECT size, head, findings FROM refusals ORDER BY id"
        ).fetchall()
    )
    assert sorted((row[0], bytes(row[1])) for row in rows) == [(0, b""), (13, b"no xml at all")]
    page = (await api.get(f"{api.ready.gateway}/metrics")).body.decode()
    assert 'eport_accepted_total{message_type="GRT101"} 1.0' in page
    assert 'eport_refused_total{code="SIZE.01"} 1.0' in page


async def test_a_later_file_may_build_on_an_earlier_one(api: Api) -> None:
    draft = grt101("R1", 1, flag="0")
    answer = await send(api, zipped(("draft.xml", draft), ("declared.xml", grt101("R1", 2))))
    assert statuses(answer) == [202, 202]
    first, second = (item["message"] for item in answer.json["items"])
    assert first["seq_no"] == second["seq_no"]
    assert (first["status"], second["status"]) == ("draft", "declared")


async def test_a_batch_larger_than_a_group_keeps_its_order(api: Api) -> None:
    answer = await send(api, zipped(*many(GROUP + 30)))
    assert statuses(answer) == [202] * (GROUP + 30)
    numbers = [int(item["message"]["seq_no"]) for item in answer.json["items"]]
    assert numbers == sorted(numbers)
    assert [item["message"]["enterprise_ref"] for item in answer.json["items"]] == [
        f"R{n:05d}" for n in range(1, GROUP + 31)
    ]


# hostile and broken requests


def encrypted(content: bytes) -> bytes:
    """The encryption flag of the only entry set, in both places."""
    made = bytearray(content)
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[content.find(signature) + at] |= 1
    return bytes(made)


def sized(content: bytes, size: int) -> bytes:
    """The unpacked size of the only entry, as its directory tells it, changed."""
    made = bytearray(content)
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = content.find(signature) + at
        made[start : start + 4] = struct.pack("<I", size)
    return bytes(made)


def overlapping(content: bytes) -> bytes:
    """The packed data of the only entry said to reach into the directory: what unpacks does so
    before its end."""
    at = content.find(b"PK\x01\x02") + 20
    size = int.from_bytes(content[at : at + 4], "little") + 30
    return content[:at] + size.to_bytes(4, "little") + content[at + 4 :]


def with_other_crc(content: bytes) -> bytes:
    at = content.find(b"PK\x01\x02") + 16
    return content[:at] + bytes(255 - b for b in content[at : at + 4]) + content[at + 4 :]


ONE = ("1.xml", grt101("R1", 1))
SPACES = b" " * (3 << 20)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (encrypted(zipped(ONE)), "BATCH.05"),
        (zipped(("../../etc/passwd", ONE[1])), "BATCH.06"),
        (zipped(("/etc/passwd", ONE[1])), "BATCH.06"),
        (zipped(("C:\\x.xml", ONE[1])), "BATCH.06"),
        (zipped(("a\x01b.xml", ONE[1])), "BATCH.06"),
        (zipped(("inner.zip", zipped(ONE))), "BATCH.07"),
        (sized(zipped(ONE), 10), "BATCH.08"),
        (sized(zipped(ONE), 100_000), "BATCH.08"),
        (
            zipped(ONE).replace(b"PK\x01\x02", b"PK\x01\x02", 1)[:60]
            + b"\xff\xff\xff"
            + zipped(ONE)[63:],
            "BATCH.08",
        ),
        (zipped(ONE, method=zipfile.ZIP_LZMA), "BATCH.08"),
        (overlapping(zipped(ONE)), "BATCH.08"),
        (with_other_crc(zipped(ONE, method=zipfile.ZIP_STORED)), "BATCH.08"),
        (zipped(ONE).replace(b"1.xml", b"2.xml", 1), "BATCH.08"),
        (zipped(ONE).replace(b"PK\x03\x04", b"PK\x03\x05", 1), "BATCH.08"),
        (zipped(("bomb.xml", SPACES)), "SIZE.02"),
        (sized(zipped(("bomb.xml", SPACES)), 100), "BATCH.08"),
        (zipped(("empty.xml", b"")), "SIZE.01"),
        (zipped(("text.txt", b"hello")), "XML.01"),
    ],
    ids=[
        "encrypted",
        "climbs",
        "absolute",
        "drive",
        "control",
        "nested",
        "said too small",
        "said too large",
        "damaged",
        "lzma",
        "overlaps",
        "other CRC",
        "two names",
        "no header",
        "bomb",
        "bomb that lies",
        "empty",
        "no xml",
    ],
)
@pytest.mark.slow
async def test_what_is_wrong_with_one_file_is_its_own_finding(
    api: Api, content: bytes, wanted: str
) -> None:
    answer = await send(api, content)
    assert answer.status == 200, answer.body.decode()
    [item] = answer.json["items"]
    assert code(item) == wanted


async def test_of_two_files_with_one_name_the_first_is_taken(api: Api) -> None:
    first, second = many(2)
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zipped(first, (first[0], second[1]))
    answer = await send(api, content)
    assert statuses(answer) == [202, 422]
    assert code(answer.json["items"][1]) == "BATCH.09"


async def test_entries_that_share_their_data_are_not_unpacked(api: Api) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zipped(ONE, ONE)
    at = content.rfind(b"PK\x01\x02") + 42
    answer = await send(api, content[:at] + bytes(4) + content[at + 4 :])
    assert [code(item) for item in answer.json["items"]] == ["BATCH.08", "BATCH.08"]


def directory_of(count: int, size: int) -> bytes:
    """An end of directory that speaks of ``count`` entries in ``size`` bytes."""
    return struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, min(count, 0xFFFF), min(count, 0xFFFF), size, 0, 0
    )


@pytest.mark.parametrize(
    ("content", "kind", "status", "wanted"),
    [
        (b"", "application/zip", 400, "BATCH.01"),
        (b"<Package/>", "application/zip", 400, "BATCH.01"),
        (zipped(ONE)[:-30], "application/zip", 400, "BATCH.01"),
        (b"x" * 50 + directory_of(1, 40), "application/zip", 400, "BATCH.01"),
        (directory_of(70_000, 1000), "application/zip", 413, "BATCH.02"),
        (b"x" * (2 << 20) + directory_of(1, 2 << 20), "application/zip", 400, "BATCH.01"),
        (zipped(), "application/zip", 400, "BATCH.03"),
        (zipped(("folder/", b"")), "application/zip", 400, "BATCH.03"),
        (zipped(*[(f"{n}.xml", b"x") for n in range(501)]), "application/zip", 413, "BATCH.02"),
        (
            zipped(*[(f"{n}.xml", SPACES[: 2 << 20]) for n in range(33)]),
            "application/zip",
            413,
            "BATCH.04",
        ),
        (zipped(ONE), "text/plain", 415, "SIZE.03"),
        (b"no boundary", "multipart/form-data", 400, "BATCH.01"),
        (b"--b--\r\n", "multipart/form-data; boundary=b", 400, "BATCH.03"),
        (
            form(*[(f"{n}.xml", b"x") for n in range(501)])[0],
            "multipart/form-data; boundary=b",
            413,
            "BATCH.02",
        ),
    ],
    ids=[
        "empty",
        "no zip",
        "cut",
        "no entries",
        "too many said",
        "huge directory",
        "no files",
        "a folder",
        "501 files",
        "66 MB",
        "type",
        "no boundary",
        "no parts",
        "501 parts",
    ],
)
@pytest.mark.slow
async def test_what_is_no_batch_is_refused_with_a_finding(
    api: Api, content: bytes, kind: str, status: int, wanted: str
) -> None:
    answer = await send(api, content, kind)
    assert (answer.status, answer.codes) == (status, [wanted])
    assert (await api.post(ONE[1])).status == 202


async def test_a_part_that_is_packed_itself_is_told_how_to_send_it(api: Api) -> None:
    nested = (
        b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n\r\n"
    )
    body, kind = form(("batch.zip", zipped(ONE)), *many(1, 2), more=nested)
    answer = await send(api, body, kind)
    assert statuses(answer) == [422, 202, 422]
    assert [code(answer.json["items"][n]) for n in (0, 2)] == ["BATCH.07", "BATCH.07"]


async def test_a_batch_needs_a_key_and_may_act_for_its_own_enterprise_only(api: Api) -> None:
    assert (await send(api, zipped(ONE), key="")).status == 401
    answer = await send(api, zipped(ONE), enterprise=SHANGHAI)
    assert statuses(answer) == [403]


async def test_above_the_backlog_a_batch_is_told_to_come_again(tmp_path: Any) -> None:
    async with pair_at(tmp_path / "home", backlog=2) as pair, client(pair.ready) as api:
        await api.control("POST", "/hold")
        first = statuses(await send(api, zipped(*many(5))))
        assert first == [202, 202, 503, 503, 503]
        await pair.gateway.look()
        answer = await send(api, zipped(*many(1, 9)))
        assert (answer.status, answer.headers["Retry-After"], answer.codes) == (
            503,
            "2",
            ["BUSY.01"],
        )
        await api.control("POST", "/release")


@pytest.mark.timed
@pytest.mark.slow
async def test_a_full_batch_never_holds_the_loop_for_100_ms(pair: Pair, api: Api) -> None:
    """The longest time between two turns of the loop while 500 files are taken, bad ones among
    them."""
    await send(
        api, zipped(*many(2), ("bad.xml", grt101("R3", 3, gasrAmt="x")))
    )  # the model that explains is built once
    await api.control("POST", "/hold")
    turns = [await _longest_turn(api, 10 + 1000 * n) for n in range(3)]
    print("longest turns", *(f"{turn * 1e3:.0f}" for turn in turns), "ms")
    assert within(min(turns), 0.1), (
        "a batch that holds the loop does so each time; the collector of a long test run now and"
        " then"
    )


async def _longest_turn(api: Api, first: int) -> float:
    body = zipped(
        *[
            (name, content.replace(b"<gasrAmt>", b"<gasrAmt>x") if n % 25 == 0 else content)
            for n, (name, content) in enumerate(many(500, first))
        ]
    )
    worst, done = 0.0, False

    async def watch() -> None:
        nonlocal worst
        while not done:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            worst = max(worst, time.perf_counter() - before)

    watching = asyncio.create_task(watch())
    answer = await send(api, body)
    done = True
    await watching
    assert sorted(set(statuses(answer))) == [202, 422]
    return worst
