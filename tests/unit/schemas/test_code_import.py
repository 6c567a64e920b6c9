"""What an imported code list must look like, what it changes, and when it is seen."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

import schemas.codes
from schemas.code_import import MOST_TOLD, BadImport, Change, merged, rows_of, written
from schemas.codes import Code, CodeLists, read

DAY = date(2027, 3, 1)
GIVEN = rows_of(
    "customs", "code,zh\n0100,北京关区\n0101,京机场关\n0129,天竺海关\n".encode(), "ours"
)
NOW, _ = merged((), GIVEN, DAY)


def taken(
    text: str, now: tuple[Code, ...] = NOW, *, partial: bool = False
) -> tuple[tuple[Code, ...], list[tuple[str, str]]]:
    rows, changes = merged(now, rows_of("customs", text.encode(), "new"), DAY, partial=partial)
    assert read("customs", written(rows)) == rows  # what is written can always be read
    return rows, [(change.what, change.code) for change in changes]


def test_added_renamed_and_ended_are_told_and_nothing_is_lost() -> None:
    rows, changes = taken("code,name,other\n0100,北京海关,x\n0101,京机场关,\n0199,新设海关,\n")
    assert changes == [("renamed", "0100"), ("ended", "0129"), ("added", "0199")]
    eve = DAY - timedelta(days=1)
    assert [(r.code, r.zh, r.valid_from, r.valid_to) for r in rows] == [
        ("0100", "北京关区", None, eve),
        ("0100", "北京海关", DAY, None),
        ("0101", "京机场关", None, None),
        ("0129", "天竺海关", None, eve),
        ("0199", "新设海关", None, None),
    ]


def test_a_partial_file_ends_nothing_and_the_same_file_again_changes_nothing() -> None:
    text = "code,zh\n0100,北京海关\n"
    rows, changes = taken(text, partial=True)
    assert changes == [("renamed", "0100")]
    assert taken(text, rows, partial=True) == (rows, [])


def test_an_ended_code_comes_again() -> None:
    rows, _ = taken("code,zh\n0100,北京关区\n0101,京机场关\n")
    later = DAY + timedelta(days=90)
    again, changes = merged(rows, NOW, later)
    assert changes == (Change(what="opened", code="0129", before="天竺海关", after="天竺海关"),)
    assert [r.valid_from for r in again if r.code == "0129"] == [None, later]


@pytest.mark.parametrize(
    "row",
    [
        "0100,北京关区,,2027-01-31,0101",
        "0100,别的名称,,2027-01-31,0101",
        "0100,北京关区,2020-01-01,,",
        "0100,北京关区,2020-01-01,2021-01-01,",
        "0100,别的名称,2028-01-01,2029-01-01,",
        "0100,甲,,2019-12-31,\n0100,乙,2020-01-01,,",
    ],
)
def test_days_of_the_file_win_and_earlier_names_stay(row: str) -> None:
    before, _ = taken("code,zh,valid_from,valid_to,successor\n0100,旧名,,2015-12-31,\n", ())
    now, _ = merged(before, NOW, date(2016, 1, 1))
    rows, changes = taken(f"code,zh,valid_from,valid_to,successor\n{row}\n", now, partial=True)
    assert changes
    if "2019-12-31" not in row:
        assert any(r.zh == "旧名" and r.valid_on(date(2015, 6, 1)) for r in rows)


def test_the_shipped_list_imported_again_changes_nothing() -> None:
    rows = CodeLists().list("customs")
    assert merged(rows, rows_of("customs", written(rows), "new"), DAY)[1] == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_of_any_of_three_encodings_is_read(encoding: str) -> None:
    (row,) = rows_of("customs", "代码,名称\r\n3116,梅山港区\r\n".encode(encoding), "x")
    assert (row.code, row.zh, row.source) == ("3116", "梅山港区", "x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,zh\n100,北京\n", "line 2: code '100'"),
        ("code,zh\n０１００,北京\n", "line 2: code"),
        ("code,zh\n0100,\n", "line 2: code 0100: no name"),
        ("code,zh\n0100\n", "line 2: 1 columns, wanted 2"),
        ("code,zh\n0100,甲\n\n0100,乙\n", "line 4: code 0100 stands in line 2"),
        ("code,zh,valid_to\n0100,甲,2026-02-30\n", "line 2: valid_to '2026-02-30'"),
        ("code,zh,valid_to\n0100,甲,20260201\n", "line 2: valid_to '20260201'"),
        ("code,zh,valid_from,valid_to\n0100,甲,2026-02-02,2026-02-01\n", "is after"),
        ("code,zh,successor\n0100,甲,99\n", "line 2: successor '99'"),
        ('code,zh\n0100,"甲\n乙"\n', "control character"),
        (f"code,zh\n0100,{'甲' * 101}\n", "zh: 101 characters"),
        ('code,zh\n0100,"甲\n', "line 2"),
        ("code,zh\n", "no row"),
        ("", "line 1: no column code and zh"),
        ("code,zh,name\n0100,甲,乙\n", "column zh stands twice"),
        ("code,zh\n0100,\x00\n", "neither UTF-8 nor GB18030"),
    ],
)
def test_a_bad_row_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(BadImport) as refused:
        rows_of("customs", text.encode(), "x")
    assert said in str(refused.value)


def test_all_bad_rows_are_told_up_to_a_number() -> None:
    with pytest.raises(BadImport) as refused:
        rows_of("customs", ("code,zh\n" + "1,甲\n" * 50).encode(), "x")
    assert (len(refused.value.told), refused.value.told[-1]) == (MOST_TOLD + 1, "… 30 more")


def test_a_list_of_the_wire_is_not_imported() -> None:
    with pytest.raises(BadImport, match="wanted one of customs, currency"):
        rows_of("dcl_type", b"code,zh\n9,x\n", "x")


def test_an_imported_list_is_seen_by_a_running_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schemas.codes, "OFTEN", 0.0)
    lists = CodeLists(imported=tmp_path / "codelists")
    assert lists.get("customs", "0198", DAY) is None
    (tmp_path / "codelists").mkdir()
    file = tmp_path / "codelists" / "customs.csv"
    head = "code,zh,en,valid_from,valid_to,source,successor\n"
    file.write_text(head + "0198,新,new,,2027-02-01,x,0199\n0199,后,next,,,x,\n", "utf-8")
    lists.refresh()
    assert lists.get("customs", "0198", date(2027, 2, 1)) is not None
    assert lists.about_ended("customs", "0198", DAY) == (
        "0198 新 已于 2027-02-01 之后停用, 改用 0199 后",
        "0198 new ended after 2027-02-01; use 0199 next",
    )
    file.write_text("broken", "utf-8")
    lists.refresh()
    assert lists.get("customs", "0199", DAY) is not None  # the one before stays in force
    file.unlink()
    lists.refresh()
    assert lists.get("customs", "0129", DAY) is not None


def test_the_list_of_offices_is_that_of_today() -> None:
    lists, today = CodeLists(), date(2026, 11, 28)
    assert len({row.code for row in lists.list("customs")}) == 1365
    for code, zh in (("0129", "天竺海关"), ("3116", "梅山港区"), ("0101", "京机场关")):
        row = lists.get("customs", code, today)
        assert row is not None
        assert row.zh == zh
    old = lists.get("customs", "0101", date(2018, 1, 1))
    assert old is not None
    assert old.zh == "机场单证"
    assert lists.get("customs", "0711", today) is None
    assert lists.ended("customs", "0711", today) is not None


def test_currencies_found_missing_or_misnamed() -> None:
    found = {c.code: c.zh for c in CodeLists().list("currency")}
    assert (found["344"], found["143"]) == ("俄罗斯卢布", "新台币")
