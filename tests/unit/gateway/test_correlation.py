"""GatewayMsgId: an id that carries its declaration and attempt, and tells its own from a
stranger's."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.attempt_ids import MARKS, UNMARKED, Attempt, AttemptIds, attempt_of, gateway_msg_id

SALT, OTHER = b"s" * 32, b"o" * 32
seq_nos = st.integers(10**17, 10**18 - 1)
attempts = st.integers(0, 4095)
salts = st.binary(min_size=16, max_size=80)
named = st.builds(Attempt, seq_nos, attempts, st.integers(UNMARKED, MARKS - 1))
ONE = Attempt(202600000000000001, 1, 7)


@given(salts, named)
def test_an_id_leads_back_to_its_declaration_attempt_and_mark(salt: bytes, one: Attempt) -> None:
    assert attempt_of(salt, gateway_msg_id(salt, one)) == one


@given(named)
def test_an_id_made_with_another_salt_is_not_ours(one: Attempt) -> None:
    assert attempt_of(OTHER, gateway_msg_id(SALT, one)) is None


@given(named)
def test_an_id_is_an_upper_case_uuid_of_our_own_version(one: Attempt) -> None:
    text = gateway_msg_id(SALT, one)
    made = uuid.UUID(text)
    assert text == str(made).upper()
    assert len(text) == 36
    assert (made.version, made.variant) == (8, uuid.RFC_4122)


@given(named, named)
def test_different_attempts_have_different_ids(one: Attempt, other: Attempt) -> None:
    assert (gateway_msg_id(SALT, one) == gateway_msg_id(SALT, other)) is (one == other)


def test_an_id_stays_the_same_over_restarts() -> None:
    assert gateway_msg_id(SALT, ONE) == gateway_msg_id(bytes(SALT), ONE)
    assert gateway_msg_id(SALT, ONE) != gateway_msg_id(SALT, ONE._replace(attempt=2))


def test_an_id_of_before_is_what_it_was() -> None:
    """What was sent before ids had marks is sent again, and answered, under the same id."""
    assert AttemptIds(SALT, since=10).of(202600000000000001, 1, 9) == (
        "2055A2E9-9DF9-88B3-BC7A-0677E8001001"
    )


def test_messages_of_one_attempt_are_told_apart() -> None:
    ids = AttemptIds(SALT, since=10)
    made = {ids.of(202600000000000001, 2, message) for message in range(8, 15)}
    assert len(made) == 6  # 8 and 9 are of before


@given(named)
@pytest.mark.slow
def test_the_case_of_the_letters_does_not_matter(one: Attempt) -> None:
    assert attempt_of(SALT, gateway_msg_id(SALT, one).lower()) == one


@given(st.one_of(st.text(), st.uuids().map(str), st.uuids().map(lambda u: str(u).upper())))
def test_no_other_text_is_ours(text: str) -> None:
    assert attempt_of(SALT, text) is None


@given(named, st.integers(0, 127))
def test_an_id_with_one_bit_changed_is_not_ours(one: Attempt, bit: int) -> None:
    made = uuid.UUID(gateway_msg_id(SALT, one)).int ^ 1 << bit
    assert attempt_of(SALT, str(uuid.UUID(int=made))) is None


@pytest.mark.parametrize("cut", [0, 8, 18, 35])
def test_a_truncated_id_is_not_ours(cut: int) -> None:
    assert attempt_of(SALT, gateway_msg_id(SALT, ONE)[:cut]) is None
