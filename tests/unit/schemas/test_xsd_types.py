"""The XSDs of the wire: dates and simple types accept and refuse what they should."""

from __future__ import annotations

import pytest

from tests.unit.schemas.xsd_samples import accepts, type_schema


@pytest.mark.parametrize("name", ["DateTimeText", "OptionalDateTimeText", "DateOrDateTimeText"])
def test_a_time_may_be_any_second_of_any_day(name: str) -> None:
    # The XSDs in circulation refuse years with a 0 and twelve of the 24 hours.
    check = type_schema(name)

    days = [
        f"{year}-{month:02}-{day:02}"
        for year in (1999, 2000, 2017, 2024, 2030)
        for month in range(1, 13)
        for day in (1, 9, 10, 28, 30)
    ]
    times = [
        f"{hour:02}:{minute:02}:{second:02}"
        for hour in range(24)
        for minute in range(0, 60, 30)
        for second in (0, 9, 59)
    ]

    assert [day for day in days if not accepts(check, f"{day} 00:00:00")] == []
    assert [time for time in times if not accepts(check, f"2026-11-23 {time}")] == []


@pytest.mark.parametrize(
    "value",
    [
        "2026-13-01 00:00:00",
        "2026-00-01 00:00:00",
        "2026-01-32 00:00:00",
        "2026-01-00 00:00:00",
        "2026-01-01 24:00:00",
        "2026-01-01 10:60:00",
        "2026-01-01 10:00:60",
        "2026-01-01T10:00:00",
        "20260101 10:00:00",
        "2026-1-1 10:00:00",
        " 2026-01-01 10:00:00",
        "2026-01-01 10:00:00Z",
        "2026-01-01 10:00",
    ],
)
def test_a_time_that_cannot_be_is_refused(value: str) -> None:
    assert not accepts(type_schema("OptionalDateTimeText"), value)


def test_the_thirtieth_of_february_passes_the_xsd() -> None:
    # A pattern cannot count the days of a month; the program checks the calendar.
    assert accepts(type_schema("OptionalDateTimeText"), "2026-02-30 00:00:00")


def test_a_date_alone_is_no_time_but_a_receipt_may_carry_either() -> None:
    assert not accepts(type_schema("OptionalDateTimeText"), "2026-11-23")
    assert accepts(type_schema("DateOrDateTimeText"), "2026-11-23")
    assert accepts(type_schema("OptionalDateText"), "2026-11-23")


# --- simple types ---

VALUES = {
    "CustomsCode": (["0100"], ["", "100", "01000", "01A0", "0100 ", "０１００"]),
    "EnterpriseCode": (
        ["1105910159", "3105960AAA"],
        ["", "110591015", "3105960aaa", "11059101590"],
    ),
    "CreditCode": (
        ["91110000802100433B"],
        ["", "91110000802100433", "91110000802100433I", "91110000802100433b"],
    ),
    "OneCharCode": (["1", "Y"], ["", "10"]),
    "DocumentNo": (
        ["R-1", "A B", "a_1", "x" * 64, "企业1"],
        ["", " R1", "R1 ", "x" * 65, "a\tb", "a\nb", "a\x85b"],
    ),
    "WholeYuan": (["0", "5000000", "9" * 15], ["", "-1", "+1", "1.0", "1,000", "9" * 16]),
    "Amount": (
        ["0", "120000.50", "9" * 15, "1.12345"],
        ["", "-1", "+1", "1e3", "1,000", ".5", "1.", "1.123456", "9" * 16, "NaN"],
    ),
    "Count": (["0", "12", "9" * 9], ["", "-1", "+1", "1.0", "9" * 10]),
    "LongCount": (["0", "9223372036854775807"], ["", "-1", "9223372036854775808"]),
    "Name": (["北京", "a" * 512], ["", " ", "a" * 513, "a\tb"]),
    "ContactName": (["张三"], ["", "张" * 65]),
    "Phone": (["010-88886666"], ["", "1" * 16]),
    "Account": (["1" * 64], ["", "1" * 65]),
    "Remark": (["a\nb", "注" * 4000], ["", " \n", "注" * 4001, "a\x7fb"]),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_simple_type_accepts_and_refuses_as_its_family_says(name: str) -> None:
    check = type_schema(name)
    good, bad = VALUES[name]

    assert [value for value in good if not accepts(check, value)] == []
    assert [value for value in bad if accepts(check, value)] == []


@pytest.mark.parametrize(
    "name",
    sorted(
        f"Optional{name}"
        for name in VALUES
        if name not in {"WholeYuan", "Amount", "Count", "LongCount"}
    ),
)
def test_an_optional_type_accepts_the_same_values_and_the_empty_one(name: str) -> None:
    check = type_schema(name)
    good, bad = VALUES[name.removeprefix("Optional")]

    assert [value for value in ["", *good] if not accepts(check, value)] == []
    assert [value for value in bad if value.strip() and accepts(check, value)] == []
