"""The guarantee business at the customs side, through the node: receipts that come again
(GRT141)."""

from __future__ import annotations

from tests.customs_factories import CASH, IN_CASH, LETTER, gateway_id, resend_request, seq_of
from tests.flow.customs.business import E2, Customs


async def test_receipts_come_again_byte_for_byte_in_new_transports(customs: Customs) -> None:
    _, approved = await customs.file("GRT101", LETTER, 2)
    await customs.file("GRT101", CASH, 2)
    originals = customs.gateway.answers[:2]
    for number, wanted in (
        (90, {"reference": seq_of(1)}),
        (91, {"reference": "R-0001"}),
        (92, {"business": approved["gasrNo"]}),
        (93, {"business": approved["gasrNo"], "reference": seq_of(1)}),
    ):
        await customs.gateway.send(resend_request(number, **wanted))
        again = await customs.gateway.more(2)
        assert [a.package for a in again] == [a.package for a in originals]
        assert [
            (a.type, a.key("GatewayMsgId"), a.key("SeqNo"), a.key("RetType")) for a in again
        ] == [(a.type, gateway_id(1), seq_of(1), a.type) for a in originals]
    assert len({a.message.id for a in customs.gateway.answers}) == len(customs.gateway.answers)


async def test_what_customs_started_comes_again_by_its_number_and_a_repeat_is_no_receipt(
    customs: Customs,
) -> None:
    body = await customs.levy("10.00")
    await customs.file("GRT111", body | IN_CASH, 2)
    for number in (90, 91):
        await customs.gateway.send(resend_request(number, business=body["dpstLevyBlNo"]))
        again = await customs.gateway.more(3)
        assert [a.type for a in again] == ["GRT301", "GRT200", "GRT211"]


async def test_what_was_not_sent_to_the_asker_does_not_come(customs: Customs) -> None:
    body = await customs.levy("10.00", enterprise=E2, customs="2200")
    await customs.gateway.send(
        resend_request(90, business=body["dpstLevyBlNo"]),
        resend_request(91, reference=seq_of(77)),
        resend_request(92),
    )
    await customs.file("GRT101", LETTER, 2)
