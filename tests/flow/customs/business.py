"""A customs node with the steps of the guarantee business as calls."""

from __future__ import annotations

from typing import Any

from customs_sim.desk.decisions import Act, Decided, Decision, NotDecided
from customs_sim.desk.levies import LevyOrder
from customs_sim.ledger.check import audit
from schemas.times import micros
from schemas.xml import XmlReader
from tests.customs_factories import SCHEMAS, Answer, House, declaration, seq_of

E1, E2 = "1105910159", "3105960AAA"
DAY = 24 * 3600


class Customs:
    """Steps of the business on a house, with the messages that each step is to bring."""

    def __init__(self, house: House) -> None:
        self.house, self.gateway, self.node = house, house.gateway, house.node
        self._number = 0

    async def file(
        self,
        kind: str,
        fields: dict[str, str],
        count: int,
        *,
        rows: str = "",
        seq_no: str | None = None,
    ) -> list[Answer]:
        """Send a filing and return the ``count`` messages that it brings."""
        self._number += 1
        await self.gateway.send(
            declaration(self._number, fields, message_type=kind, rows=rows, seq_no=seq_no)
        )
        return await self.gateway.more(count)

    @property
    def seq_no(self) -> str:
        """Of the last filing."""
        return seq_of(self._number)

    async def levy(
        self,
        amount: str,
        *,
        enterprise: str = E1,
        customs: str = "0100",
        biz_type: str = "2",
        valid: str = "",
    ) -> dict[str, str]:
        """Issue a levy; the body of its GRT301."""
        await self.node.counter.issue(
            LevyOrder(
                enterprise=enterprise,
                customs=customs,
                amount=amount,
                biz_type=biz_type,
                biz_no="C010016A0471",
                oriact_no="C010016A0471",
                oriact_valid=valid,
            )
        )
        [asked] = await self.gateway.more(1)
        assert asked.type == "GRT301"
        return asked.body("GrtDpstLevyBlBsc")

    async def pay(self, levy_no: str, amount: str, reference: str = "") -> Any:
        return await self.node.cashier.pay(
            levy_no, amount, micros(self.house.clock.now()), reference
        )

    async def decide(self, act: Act, seq_no: str = "") -> Decided | NotDecided:
        [result] = await self.node.desk.decide([Decision(seq_no=seq_no or self.seq_no, result=act)])
        return result

    async def bank(self) -> str:
        return (await self.node.cashier.ledger("")).accounts["bank"]

    async def sound(self) -> None:
        """The ledger adds up, the registers equal it, and every message so far is valid."""
        assert await self.house.store.read(lambda c: audit(c, self.node.office.sql.ledger)) == []
        reader = XmlReader()
        for answer in self.gateway.answers:
            assert SCHEMAS.valid("DxpMsg", reader.read(answer.message.body).root)
            business = reader.read(answer.package.encode()).root.find("DataInfo/BussinessData")
            assert business is not None
            assert SCHEMAS.valid(answer.type, business), SCHEMAS.reasons(answer.type, business)


def guarantee_of(answer: Answer) -> tuple[str, str, str, str]:
    """gasrAmt / used / aval / ret."""
    body = answer.body("GrtGasrLevyBsc")
    return body["gasrAmt"], body["usedGasrAmt"], body["avalGasrAmt"], body["alrdyRtnbkGasrAmt"]


def levy_of(answer: Answer) -> tuple[str, str, str, str, str]:
    """levyBlAmt / actlvyAmt / alrdyRtnbkAmt / alrdyCrdwAmt / levyBlStucd."""
    body = answer.body("GrtDpstLevyBlBsc")
    return (
        body["levyBlAmt"],
        body["actlvyAmt"],
        body["alrdyRtnbkAmt"],
        body["alrdyCrdwAmt"],
        body["levyBlStucd"],
    )


def kinds(answers: list[Answer]) -> list[tuple[str, str]]:
    return [(answer.type, answer.result) for answer in answers]
