"""The code lists shipped in the package, and what CodeLists promises about them."""

import re
from datetime import date
from pathlib import Path

import pytest

from schemas.codes import BadCodeList, Code, CodeLists, UnknownCodeList

HEADER = "code,zh,en,valid_from,valid_to,source\n"
LISTS = {
    "default_mark", "missing_mark", "movement_event", "recon_result", "biz_type", "currency",
    "customs", "data_source", "dcl_type", "declare_flag", "emapv_mark", "guarantee_status",
    "gur_mode", "gur_type", "levy_status", "manage_result_200", "manage_result_2x1", "payment_mode",
    "refund_kind", "sys_id",
}  # fmt: skip
HEAD_OFFICES = (
    "01", "02", "04", "05", "06", "07", "08", "09", "15", "19", "22", "23", "29", "31", "33", "35",
    "37", "40", "42", "43", "46", "47", "49", "51", "52", "53", "57", "60", "64", "67", "68", "72",
    "79", "80", "83", "86", "88", "90", "94", "95", "96", "97",
)  # fmt: skip
SAMPLES = (
    "0100", "2200", "2924", "3111", "3105", "4601", "5207", "5316", "7922", "1906", "5317", "2249",
    "4258", "4905",
)  # fmt: skip
NAMES = CodeLists().names()


@pytest.fixture(scope="module")
def lists() -> CodeLists:
    return CodeLists()


def a_list(folder: Path, *rows: str, header: str = HEADER) -> Path:
    (folder / "sample.csv").write_text(
        header + "".join(f"{row}\n" for row in rows), encoding="utf-8"
    )
    return folder


def test_every_list_of_the_wire_is_shipped(lists: CodeLists) -> None:
    assert set(lists.names()) == LISTS


def test_names_are_sorted(lists: CodeLists) -> None:
    assert lists.names() == tuple(sorted(lists.names()))


@pytest.mark.parametrize("name", NAMES)
def test_a_list_is_never_empty(lists: CodeLists, name: str) -> None:
    assert lists.list(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_code_has_one_name_on_one_day(lists: CodeLists, name: str) -> None:
    rows = [(each.code, each.zh) for each in lists.list(name) if each.valid_on(date(2026, 11, 23))]
    assert len(rows) == len({code for code, _ in rows})


@pytest.mark.parametrize("name", NAMES)
def test_every_code_has_both_labels_and_a_source(lists: CodeLists, name: str) -> None:
    for each in lists.list(name):
        assert each.code.strip() == each.code != ""
        assert each.zh.strip() == each.zh != ""
        assert each.en.strip() == each.en != ""
        assert each.source


@pytest.mark.parametrize("name", NAMES)
def test_no_code_ends_before_it_begins(lists: CodeLists, name: str) -> None:
    for each in lists.list(name):
        assert (each.valid_from or date.min) <= (each.valid_to or date.max)


def test_every_customs_code_has_the_form_of_one(lists: CodeLists) -> None:
    assert [
        c.code for c in lists.list("customs") if not re.fullmatch("[0-9A-Z][0-9]{3}", c.code)
    ] == []


@pytest.mark.parametrize("head", HEAD_OFFICES)
def test_every_directly_subordinated_customs_is_listed(lists: CodeLists, head: str) -> None:
    assert lists.find("customs", f"{head}00") is not None


@pytest.mark.parametrize("code", SAMPLES)
def test_every_customs_code_seen_in_samples_is_listed(lists: CodeLists, code: str) -> None:
    assert lists.find("customs", code) is not None


@pytest.mark.parametrize(("name", "codes"), [
    ("gur_mode", "12"), ("gur_type", "12"), ("payment_mode", "12"), ("biz_type", "1234567"),
    ("levy_status", "123"),
    ("emapv_mark", "0123456"), ("data_source", "01"), ("guarantee_status", "0123"),
    ("refund_kind", "12"),
    ("dcl_type", "12"), ("declare_flag", "01"), ("manage_result_200", "12"),
    ("manage_result_2x1", "YZ231"),
])  # fmt: skip
def test_one_character_lists_hold_exactly_the_codes_of_the_wire(
    lists: CodeLists, name: str, codes: str
) -> None:
    assert "".join(each.code for each in lists.list(name)) == codes


def test_currencies_are_customs_codes_and_not_iso_numbers(lists: CodeLists) -> None:
    found = {
        code: lists.find("currency", code)
        for code in ("142", "502", "116", "300", "303", "156", "840")
    }
    assert [code for code, each in found.items() if each is not None] == [
        "142",
        "502",
        "116",
        "300",
        "303",
    ]


def test_get_gives_the_code_with_its_labels(lists: CodeLists) -> None:
    found = lists.get("gur_mode", "2", on=date(2024, 1, 1))
    assert found is not None
    assert (found.zh, found.en) == ("保函", "letter of guarantee")


def test_get_gives_none_for_an_unknown_code(lists: CodeLists) -> None:
    assert lists.get("gur_mode", "9", on=date(2024, 1, 1)) is None


@pytest.mark.parametrize(("day", "valid"), [
    (date(2019, 12, 31), False), (date(2020, 1, 1), True), (date(2020, 6, 30), True),
    (date(2020, 7, 1), False),
])  # fmt: skip
def test_a_code_is_valid_on_its_first_and_last_day_and_not_outside(
    tmp_path: Path, day: date, valid: bool
) -> None:
    # given
    lists = CodeLists(a_list(tmp_path, "1,甲,first,2020-01-01,2020-06-30,ours"))
    # when
    found = lists.get("sample", "1", on=day)
    # then
    assert (found is not None) is valid


def test_a_code_without_dates_is_always_valid() -> None:
    code = Code(code="1", zh="甲", en="first", valid_from=None, valid_to=None, source="ours")
    assert code.valid_on(date.min)
    assert code.valid_on(date.max)


def test_find_gives_an_expired_code_too(lists: CodeLists) -> None:
    assert lists.get("currency", "304", on=date(2024, 1, 1)) is None
    assert lists.find("currency", "304") is not None


def test_a_wrong_list_name_says_what_names_there_are(lists: CodeLists) -> None:
    today = date(2024, 1, 1)
    for ask in (
        lambda: lists.list("x"),
        lambda: lists.find("x", "1"),
        lambda: lists.get("x", "1", on=today),
    ):
        with pytest.raises(
            UnknownCodeList, match=r"found 'x', wanted one of biz_type, currency, customs"
        ):
            ask()


def test_a_list_saved_by_a_spreadsheet_with_a_bom_is_read(tmp_path: Path) -> None:
    lists = CodeLists(a_list(tmp_path, "1,甲,first,,,ours", header="\ufeff" + HEADER))
    assert lists.find("sample", "1") is not None


@pytest.mark.parametrize(("row", "reason"), [
    ("1,甲,first,,", "columns"),
    ("1,,first,,,ours", "must not be empty"),
    ("1,甲,first,2020-02-30,,ours", "line 2"),
    ("1,甲,first,2020-02-02,2020-02-01,ours", "is after"),
    ("1,甲,first,,,ours\n1,乙,second,,,ours", "line 3: code '1' is written twice"),
])  # fmt: skip
def test_a_broken_row_is_refused_with_file_line_and_reason(
    tmp_path: Path, row: str, reason: str
) -> None:
    with pytest.raises(BadCodeList, match=r"^sample\.csv, line ") as caught:
        CodeLists(a_list(tmp_path, row))
    assert reason in str(caught.value)


def test_a_wrong_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCodeList, match="header"):
        CodeLists(a_list(tmp_path, header="code,zh,en\n"))
