"""The customs node on its store and an embedded broker: profile manual, and the desk."""

from __future__ import annotations

from customs_sim.desk.decisions import Act, Decided, Decision, NotDecided
from tests.customs_factories import CASH, LETTER, House, declaration, seq_of
from tests.flow.customs.node import APPROVED, MANUAL, PERSON, REFUSED, RETURNED, STORED, TAKEN


async def test_a_manual_case_waits_for_a_person_who_approves_it() -> None:
    async with House(settings=MANUAL) as house:
        await house.gateway.send(declaration(1))
        await house.gateway.answered(2)
        assert house.gateway.to(1) == [STORED, TAKEN]
        [result] = await house.node.desk.decide([Decision(seq_no=seq_of(1), result=Act.APPROVE)])
        assert isinstance(result, Decided)
        approved = (await house.gateway.answered(3))[2]
        assert (approved.result, approved["gasrNo"]) == ("1", "ZB0100202600001")
        assert (await house.node.desk.worklist()).total == 0


async def test_what_cannot_be_stored_is_refused_at_once_under_manual() -> None:
    async with House(settings=MANUAL) as house:
        await house.gateway.send(declaration(1, LETTER | {"assuredEtpsNm": "别的公司"}))
        await house.gateway.answered(2)
        assert house.gateway.to(1) == [STORED, REFUSED]
        assert (await house.node.desk.worklist()).total == 0


async def test_an_approval_that_a_rule_forbids_is_refused_with_the_rule() -> None:
    async with House(settings=MANUAL) as house:
        same = LETTER | {"ltguaNo": "LG-7"}
        await house.gateway.send(declaration(1, same), declaration(2, same))
        await house.gateway.answered(4)
        first, second = await house.node.desk.decide(
            [Decision(seq_no=seq_of(n), result=Act.APPROVE) for n in (1, 2)]
        )
        assert isinstance(first, Decided)
        assert isinstance(second, NotDecided)
        assert (second.status, second.rules) == (409, ("S101.18",))
        assert "LG-7" in second.message_zh
        # The officer may still return it; without notes of his own the rule's note goes out.
        [returned] = await house.node.desk.decide([Decision(seq_no=seq_of(2), result=Act.RETURN)])
        assert isinstance(returned, Decided)
        answers = await house.gateway.answered(6)
        assert house.gateway.to(2) == [STORED, TAKEN, RETURNED]
        assert answers[-1].notes == ["保函 LG-7 已用于 ZB0100202600001"]


async def test_a_person_may_approve_what_is_only_large() -> None:
    async with House() as house:
        await house.gateway.send(declaration(1, CASH | {"gasrAmt": "10000000"}))
        await house.gateway.answered(2)
        [result] = await house.node.desk.decide([Decision(seq_no=seq_of(1), result=Act.APPROVE)])
        assert isinstance(result, Decided)
        await house.gateway.answered(3)
        assert house.gateway.to(1) == [STORED, PERSON, APPROVED]


async def test_hold_and_a_second_review_send_nothing() -> None:
    async with House(settings=MANUAL) as house:
        await house.gateway.send(declaration(1))
        await house.gateway.answered(2)
        for act in (Act.HOLD, Act.REVIEW, Act.REVIEW, Act.HOLD):
            [result] = await house.node.desk.decide([Decision(seq_no=seq_of(1), result=act)])
            assert isinstance(result, Decided)
        await house.node.desk.decide(
            [Decision(seq_no=seq_of(1), result=Act.RETURN, notes=("材料不全\x01", "请补充"))]
        )
        answers = await house.gateway.answered(4)
    assert house.gateway.to(1) == [STORED, TAKEN, PERSON, RETURNED]
    assert answers[-1].notes == ["材料不全; 请补充", "材料不全", "请补充"]


async def test_a_decision_on_what_does_not_wait_is_refused() -> None:
    async with House() as house:
        await house.gateway.send(declaration(1))
        await house.gateway.answered(2)
        known, unknown = await house.node.desk.decide(
            [
                Decision(seq_no=seq_of(1), result=Act.RETURN),
                Decision(seq_no=seq_of(2), result=Act.APPROVE),
            ]
        )
        assert isinstance(known, NotDecided)
        assert isinstance(unknown, NotDecided)
        assert (known.status, unknown.status) == (409, 404)


async def test_the_worklist_comes_in_pages() -> None:
    async with House(settings=MANUAL) as house:
        await house.gateway.send(*(declaration(n) for n in range(1, 6)))
        await house.gateway.answered(10)
        first = await house.node.desk.worklist(limit=3)
        second = await house.node.desk.worklist(limit=3, cursor=int(first.next or 0))
    assert [case.seq_no for case in (*first.items, *second.items)] == [
        seq_of(n) for n in range(1, 6)
    ]
    assert (first.total, second.next) == (5, None)
