"""Shapes and check digits of the numbers on the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import identifiers as ids

SAMPLES = ("91620602MA73YCFP02", "91350100M000100Y43", "91110000802100433B")
DEMO = "91310115MA1K3QW838"
characters = st.sampled_from(ids.CREDIT_ALPHABET)


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    head = draw(st.text(characters, min_size=2, max_size=2))
    division = draw(st.text("0123456789", min_size=6, max_size=6))
    org = draw(st.text(characters, min_size=9, max_size=9))
    first17 = head + division + org
    return first17 + ids.credit_code_check_digit(first17)


@pytest.mark.parametrize("code", [*SAMPLES, DEMO])
def test_public_credit_codes_pass(code: str) -> None:
    assert ids.credit_code_check_digit(code[:17]) == code[17]
    assert ids.is_credit_code(code)


@pytest.mark.parametrize("code", [*SAMPLES, DEMO])
def test_the_organisation_code_inside_a_public_credit_code_passes(code: str) -> None:
    assert ids.org_code_ok(code)
    assert ids.org_code_ok(code[8:17])


@given(code=credit_codes(), position=st.integers(0, 17), other=st.characters(codec="utf-8"))
def test_changing_any_character_of_a_credit_code_breaks_it(
    code: str, position: int, other: str
) -> None:
    changed = code[:position] + other + code[position + 1 :]
    assert ids.is_credit_code(changed) is (changed == code)


@given(code=credit_codes(), position=st.integers(0, 17), other=characters)
def test_changing_any_character_within_the_alphabet_breaks_it_too(
    code: str, position: int, other: str
) -> None:
    changed = code[:position] + other + code[position + 1 :]
    assert ids.is_credit_code(changed) is (changed == code)


@given(st.text())
def test_no_text_makes_a_check_raise(text: str) -> None:
    for check in (
        ids.is_credit_code,
        ids.org_code_ok,
        ids.is_enterprise_code,
        ids.is_levy_no,
        ids.is_guarantee_no,
    ):
        assert check(text) in (True, False)
    assert ids.wanted_credit_code(text) is None or ids.is_credit_code(
        ids.wanted_credit_code(text) or ""
    )


@pytest.mark.parametrize("text", [
    "", SAMPLES[0].lower(), SAMPLES[0] + "0", SAMPLES[0][:17], SAMPLES[0] + "\n",
    "９１６２０６０２MA73YCFP02", "91620602MA73YCFPO2",
])  # fmt: skip
def test_what_only_looks_like_a_credit_code_is_refused(text: str) -> None:
    assert not ids.is_credit_code(text)


@pytest.mark.parametrize("text", ["", "9162060", "9162060 MA73YCFP0", "I1620602MA73YCFP0"])
def test_a_check_digit_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="wanted 17 characters"):
        ids.credit_code_check_digit(text)


@pytest.mark.parametrize("code", SAMPLES)
def test_the_hint_corrects_a_wrong_last_character(code: str) -> None:
    wrong = code[:17] + ("0" if code[17] != "0" else "1")
    assert ids.wanted_credit_code(wrong) == code


@pytest.mark.parametrize(
    "text", [SAMPLES[0], "", "91620602MA73YCFP0", "91620602MA73YCFO02", "91620602MA73YCFP12"]
)
def test_there_is_no_hint_where_nothing_or_more_than_the_last_is_wrong(text: str) -> None:
    assert ids.wanted_credit_code(text) is None


@pytest.mark.parametrize(("text", "right"), [
    ("802100433", True), ("802100434", False), ("80210043X", False), ("D2143569X", True),
    ("80210043", False), ("", False),
])  # fmt: skip
def test_an_organisation_code_is_judged_by_its_ninth_character(text: str, right: bool) -> None:
    assert ids.org_code_ok(text) is right


@pytest.mark.parametrize("code", ["1105910159", "3105960AAA", "330766K00Q", "33076K000Q"])
def test_real_customs_enterprise_codes_pass(code: str) -> None:
    assert ids.is_enterprise_code(code)


@pytest.mark.parametrize("text", [
    "", "110591015", "11059101590", "1105900159", "110A910159", "1105910a59", "1105910159\n",
    "１１05910159", "1105-10159",
])  # fmt: skip
def test_what_only_looks_like_an_enterprise_code_is_refused(text: str) -> None:
    assert not ids.is_enterprise_code(text)


def test_a_levy_number_falls_into_its_parts() -> None:
    wanted = ids.BusinessNo(prefix="ZS", customs="0100", year=2016, serial=413)
    assert ids.business_no_parts("ZS0100201600413") == wanted


@pytest.mark.parametrize(("text", "levy", "guarantee"), [
    ("ZS0100201600413", True, False), ("ZS01002016123456", True, False),
    ("ZB2200202400001", False, True),
    ("Z50100201600413", False, False), ("ZS010020160041", False, False),
    ("zs0100201600413", False, False),
    ("ZB0100101600413", False, False), ("ZS01002016" + "1" * 54, True, False),
    ("ZS01002016" + "1" * 55, False, False),
    ("", False, False),
])  # fmt: skip
def test_levy_and_guarantee_numbers_are_told_apart_by_their_letters(
    text: str, levy: bool, guarantee: bool
) -> None:
    assert (ids.is_levy_no(text), ids.is_guarantee_no(text)) == (levy, guarantee)


@pytest.mark.parametrize(("text", "meant", "said"), [
    ("2026 1123 0001 000001", "202611230001000001", "did you mean 202611230001000001?"),
    ("２０２６１１２３０００１０００００１", "202611230001000001", "did you mean"),
    ("\u200b'202611230001000001 ", "202611230001000001", "did you mean"),
    ("20261123000100001", "20261123000100001", "a SeqNo has 18 digits, this has 17"),
    ("PO 2026-7", "PO 2026-7", "enterprise_ref="), ("-2026-", "-2026-", "enterprise_ref="),
    ("202611230001000001", "202611230001000001", "enterprise_ref="),
    ("", "", "enterprise_ref="),
])  # fmt: skip
def test_a_number_that_nothing_has_is_told_what_may_be_meant(
    text: str, meant: str, said: str
) -> None:
    assert ids.as_meant(text) == meant
    assert said in ids.about_seq_no(text)[1]
