"""GatewayMsgId: an id that carries its declaration and attempt, and tells its own from a
stranger's."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.attempt_ids import attempt_of, gateway_msg_id

SALT, OTHER = b"s" * 32, b"o" * 32
seq_nos = st.integers(10**17, 10**18 - 1)
attempts = st.integers(0, 4095)
salts = st.binary(min_size=16, max_size=80)


@given(salts, seq_nos, attempts)
def test_an_id_leads_back_to_its_declaration_and_attempt(
    salt: bytes, seq_no: int, attempt: int
) -> None:
    assert attempt_of(salt, gateway_msg_id(salt, seq_no, attempt)) == (seq_no, attempt)


@given(seq_nos, attempts)
def test_an_id_made_with_another_salt_is_not_ours(seq_no: int, attempt: int) -> None:
    assert attempt_of(OTHER, gateway_msg_id(SALT, seq_no, attempt)) is None


@given(seq_nos, attempts)
def test_an_id_is_an_upper_case_uuid_of_our_own_version(seq_no: int, attempt: int) -> None:
    text = gateway_msg_id(SALT, seq_no, attempt)
    made = uuid.UUID(text)
    assert text == str(made).upper()
    assert len(text) == 36
    assert (made.version, made.variant) == (8, uuid.RFC_4122)


@given(seq_nos, attempts, seq_nos, attempts)
def test_different_attempts_have_different_ids(
    seq_no: int, attempt: int, other_seq_no: int, other: int
) -> None:
    same = (seq_no, attempt) == (other_seq_no, other)
    assert (
        gateway_msg_id(SALT, seq_no, attempt) == gateway_msg_id(SALT, other_seq_no, other)
    ) is same


def test_an_id_stays_the_same_over_restarts() -> None:
    assert gateway_msg_id(SALT, 202600000000000001, 1) == gateway_msg_id(
        bytes(SALT), 202600000000000001, 1
    )
    assert gateway_msg_id(SALT, 202600000000000001, 1) != gateway_msg_id(
        SALT, 202600000000000001, 2
    )


@given(seq_nos, attempts)
def test_the_case_of_the_letters_does_not_matter(seq_no: int, attempt: int) -> None:
    assert attempt_of(SALT, gateway_msg_id(SALT, seq_no, attempt).lower()) == (seq_no, attempt)


@given(st.one_of(st.text(), st.uuids().map(str), st.uuids().map(lambda u: str(u).upper())))
def test_no_other_text_is_ours(text: str) -> None:
    assert attempt_of(SALT, text) is None


@given(seq_nos, attempts, st.integers(0, 127))
def test_an_id_with_one_bit_changed_is_not_ours(seq_no: int, attempt: int, bit: int) -> None:
    made = uuid.UUID(gateway_msg_id(SALT, seq_no, attempt)).int ^ 1 << bit
    assert attempt_of(SALT, str(uuid.UUID(int=made))) is None


@pytest.mark.parametrize("cut", [0, 8, 18, 35])
def test_a_truncated_id_is_not_ours(cut: int) -> None:
    assert attempt_of(SALT, gateway_msg_id(SALT, 202600000000000001, 1)[:cut]) is None
