"""What an imported code list must look like, what it changes, and when it is seen."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

import schemas.codes
from schemas.code_import import MOST_TOLD, BadImport, Change, merged, rows_of, written
from schemas.codes import BadCodeList, Code, CodeLists, read

HEAD = b"code,zh,en,valid_from,valid_to,source\n"
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
    assert lists.not_valid("customs", "0198", DAY) == (
        "0198 新 已于 2027-02-01 之后停用, 改用 0199 后",
        "0198 new ended after 2027-02-01; use 0199 next",
    )
    file.write_text("broken", "utf-8")
    lists.refresh()
    assert lists.get("customs", "0199", DAY) is not None  # the one before stays in force
    file.unlink()
    lists.refresh()
    assert lists.get("customs", "0129", DAY) is not None


def test_the_end_of_a_code_that_a_whole_list_lacks_is_a_bound(tmp_path: Path) -> None:
    rows, _ = merged(NOW, rows_of("customs", "code,zh\n0100,北京关区\n".encode(), "x"), DAY)
    (tmp_path / "customs.csv").write_bytes(written(rows))
    why = CodeLists(imported=tmp_path).not_valid("customs", "0101", DAY)
    assert why is not None
    assert "至迟于 2027-02-28 停用" in why[0]


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        (
            "0201",
            "0201 旧 已于 2025-12-31 之后停用, 改用 0203 今",
            "0201 old ended after 2025-12-31; use 0203 now",
        ),
        (
            "0204",
            "0204 丙 至迟于 2019-12-31 停用, 确切日期未公布, 未登记替代代码",
            "0204 c ended not later than 2019-12-31; the day was not published;"
            " no successor is on record",
        ),
        (
            "0205",
            "0205 新 自 2028-01-01 起才有效, 此前用 0206 将停",
            "0205 new is valid from 2028-01-01 only; until then use 0206 ending",
        ),
        (
            "0207",
            "0207 甲 已于 2020-06-30 之后停用; 0207 乙 自 2028-01-01 起才有效",
            "0207 a ended after 2020-06-30; 0207 b is valid from 2028-01-01 only",
        ),
        ("0203", None, None),
        ("0299", None, None),
    ],
)
def test_a_code_out_of_its_time_is_told_since_when_and_what_to_use(
    tmp_path: Path, code: str, zh: str | None, en: str | None
) -> None:
    (tmp_path / "customs.csv").write_text(
        "code,zh,en,valid_from,valid_to,source,successor\n"
        "0201,旧,old,,2025-12-31,x,0202\n"
        "0202,中,between,2026-01-01,2026-06-30,x,0203\n"
        "0203,今,now,2026-07-01,,x,\n"
        "0204,丙,c,,2019-12-31,last day not later than this,\n"
        "0205,新,new,2028-01-01,,x,\n"
        "0206,将停,ending,,2027-12-31,x,0205\n"
        "0207,甲,a,2020-01-01,2020-06-30,x,\n"
        "0207,乙,b,2028-01-01,,x,\n",
        "utf-8",
    )
    lists = CodeLists(imported=tmp_path)
    assert lists.not_valid("customs", code, DAY) == (None if zh is None else (zh, en))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1: header: found an empty file"),
        (b"bad\n", "line 1: header: found 'bad'"),
        (HEAD, "line 1: no row below the header"),
        (HEAD + b"0100,a,a,,,x\n0100,b,b,,,x\n", "line 3: code '0100' is written twice"),
        (HEAD + b"0100,a,a,,,x\n0101,\xb1\xb1,a,,,x\n", "line 3: not UTF-8"),
        (HEAD + b"100,a,a,,,x\n", "line 2: code '100'"),
        (HEAD + b'0100,"a,a,,,x\n', "line 2: "),
        (HEAD + b"0100,a,a,2026-02-30,,x\n", "line 2: date '2026-02-30'"),
        (None, "customs.csv: no regular file is there"),
    ],
)
def test_a_broken_file_is_told_with_its_line_and_the_way_back(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    home = tmp_path / "a home"
    file = home / "codelists" / "customs.csv"
    file.parent.mkdir(parents=True)
    if content is None:
        file.symlink_to("nowhere")
    else:
        file.write_bytes(content)
    with pytest.raises(BadCodeList) as refused:
        CodeLists(imported=file.parent)
    assert str(refused.value).startswith(str(file))
    assert said in str(refused.value)
    assert f"eport codelists reset customs --home '{home}'" in refused.value.told


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
    assert "not later than" in str(lists.not_valid("customs", "0711", today))


def test_currencies_found_missing_or_misnamed() -> None:
    found = {c.code: c.zh for c in CodeLists().list("currency")}
    assert (found["344"], found["143"]) == ("俄罗斯卢布", "新台币")
