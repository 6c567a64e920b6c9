"""The guarantee business at the customs side, through the node: confirmations."""

from __future__ import annotations

from customs_sim.desk.decisions import Act, Decided, NotDecided
from customs_sim.wire.ids import push_id
from tests.customs_factories import IN_CASH, LETTER, declaration, seq_of
from tests.flow.customs.business import Customs, levy_of


async def test_an_electronic_payment_arrives_with_an_instant_approval(customs: Customs) -> None:
    body = await customs.levy("500.00")
    _, approved, paid = await customs.file("GRT111", body | IN_CASH | {"paymnModecd": "2"}, 3)
    assert (levy_of(approved)[4], levy_of(paid)) == ("1", ("500.00", "500.00", "0.00", "0.00", "2"))
    assert paid.body("GrtDpstLevyBlBsc")["dpstPmnChkinTime"] == "2026-11-23 12:00:00"
    assert [
        paid.body("GrtDpstLevyBlBsc")["version"],
        approved.body("GrtDpstLevyBlBsc")["version"],
    ] == ["3", "2"]
    assert paid.message.id == push_id("GRT302", body["dpstLevyBlNo"], 0, 3)


async def test_a_second_confirmation_of_one_generation_is_not_taken(customs: Customs) -> None:
    body = await customs.levy("500.00")
    await customs.file("GRT111", body | IN_CASH, 2)
    _, again = await customs.file("GRT111", body | IN_CASH, 2)
    assert (again.result, again.notes[0][:15]) == ("Z", "征收单已处理, 状态“已确认”")


async def test_two_confirmations_in_one_batch_share_one_quota(customs: Customs) -> None:
    _, approved = await customs.file("GRT101", LETTER, 2)
    secured = IN_CASH | {"gurTypecd": "1", "gurModecd": "2", "gasrNo": approved["gasrNo"]}
    one, two = await customs.levy("200000.00"), await customs.levy("200000.00")
    await customs.gateway.send(
        *(declaration(n, body | secured, message_type="GRT111") for n, body in ((8, one), (9, two)))
    )
    answers = await customs.gateway.more(5)
    finals = {a.seq_no: a for a in answers if a.type == "GRT211"}
    assert (finals[seq_of(8)].result, finals[seq_of(9)].result) == ("1", "3")
    assert finals[seq_of(9)].notes == ["可用额度 100000.00 元, 本单需 200000.00 元"]


async def test_a_person_may_ask_for_another_confirmation_or_reject_the_type(
    customs: Customs,
) -> None:
    await customs.node.set_profile("manual")
    body = await customs.levy("500.00")
    await customs.file("GRT111", body | IN_CASH, 2)
    assert isinstance(await customs.decide(Act.RECONFIRM), Decided)
    [asked] = await customs.gateway.more(1)
    levy = asked.body("GrtDpstLevyBlBsc")
    assert (asked.type, levy["emapvMarkcd"], levy["chgTmsCnt"], levy["version"]) == (
        "GRT301",
        "5",
        "0",
        "2",
    )
    assert await customs.house.rows("SELECT status FROM c_cases") == [("superseded",)]
    await customs.file("GRT111", levy | IN_CASH, 2)
    assert isinstance(await customs.decide(Act.REJECT_TYPE), Decided)
    [rejected] = await customs.gateway.more(1)
    assert (rejected.type, rejected.result, rejected.body("GrtDpstLevyBlBsc")["emapvMarkcd"]) == (
        "GRT211",
        "3",
        "6",
    )
    await customs.file("GRT101", LETTER, 2)
    for act in (Act.RECONFIRM, Act.REJECT_TYPE):
        refused = await customs.decide(act)
        assert isinstance(refused, NotDecided)
        assert refused.status == 409
