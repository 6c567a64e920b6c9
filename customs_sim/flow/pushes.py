"""Pushes: what customs sends of its own accord about its registers (GRT301, GRT302, GRT303).

Every message about a guarantee or levy carries the next version of it. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from customs_sim.flow.register import Register
from customs_sim.ledger.movements import Movement
from customs_sim.office.work import Work
from customs_sim.wire.replies import started
from schemas import statement as wire
from schemas.body import Parts
from schemas.receipts import encode_sync
from schemas.times import to_wire

ASK, SYNC, STATEMENT = "GRT301", "GRT302", "GRT303"


class Pushes:
    """Sends pushes on one work. The register must have read what is pushed, and its enterprise."""

    def __init__(self, work: Work, register: Register) -> None:
        self._work, self._register = work, register

    def guarantee(self, number: str, lines: Iterable[Movement] = (), **elements: str) -> None:
        """Send GRT302 of a guarantee as it now stands, with those of ``lines`` that are its own.
        ``elements`` replace what its document has."""
        work, books = self._work, self._register.books
        row = books.guarantee(number)
        if row is None:
            raise LookupError(number)
        version = row.version + 1
        document = (
            self._register.documents[number]
            | row.amounts.wire()
            | elements
            | {"gurStucd": row.status, "version": str(version), "lastUpdateTime": work.now.wire}
        )
        sent = self._send(
            SYNC,
            row.enterprise,
            (number, row.change_no, version),
            number,
            encode_sync(SYNC, "GrtGasrLevyBsc", document, _of(lines, number)),
        )
        self._register.documents[number] = document
        books.change_guarantee(number, version=version, message=sent)

    def levy(
        self, number: str, lines: Iterable[Movement] = (), *, code: str = SYNC, **elements: str
    ) -> None:
        """Send GRT302 (or ``code``) of a levy as it now stands, with those of ``lines`` that are
        its own. ``elements`` replace what its document has."""
        books = self._register.books
        row = books.levy(number)
        if row is None:
            raise LookupError(number)
        # The message that enters a levy carries version 1, every later one the next.
        version = row.version + 1 if row.message else row.version
        document = self.levy_document(number, version) | elements
        sent = self._send(
            code,
            row.enterprise,
            (number, row.change_no, version),
            number,
            encode_sync(code, "GrtDpstLevyBlBsc", document, _of(lines, number)),
        )
        books.change_levy(number, version=version, message=sent, fields=document)

    def levy_document(self, number: str, version: int) -> dict[str, str]:
        """Return the elements of a levy with its amounts, state, generation and times as they now
        stand."""
        row = self._register.books.levy(number)
        if row is None:
            raise LookupError(number)
        status = {"levyBlStucd": "3"} if row.taken_back else {}
        return {**row.fields, **row.amounts.wire(), **status} | {
            "chgTmsCnt": str(row.change_no),
            "version": str(version),
            "lastUpdateTime": self._work.now.wire,
            "dpstPmnDeadline": to_wire(row.deadline) if row.deadline else "",
            "dpstPmnChkinTime": to_wire(row.paid_at) if row.paid_at else "",
        }

    def asked_guarantee(self, document: Mapping[str, str], *identity: object) -> None:
        """Send GRT301 that asks for a 总担保: set up (no number yet), or changed. ``identity``
        tells the message apart from others about it."""
        self._send(
            ASK,
            document["assuredEtpsno"],
            identity,
            document["gasrNo"],
            encode_sync(ASK, "GrtGasrLevyBsc", document),
        )

    def refund(self, document: Mapping[str, str], parts: Parts) -> int:
        """Send GRT302 of a refund that customs started, and return its archive id."""
        number = document["rtnbkCrdwNo"]
        return self._send(
            SYNC,
            document["assuredEtpsno"],
            (number, 0, document["version"]),
            number,
            encode_sync(SYNC, "GrtRtnbkCrdwDt", document, parts=parts),
        )

    def statement(
        self, enterprise: str, number: str, version: int, inner: str, *, reminder: bool = False
    ) -> int:
        """Send GRT303 and return its archive id. A ``reminder`` is the same version once more, in a
        message of its own."""
        return self._send(
            STATEMENT,
            enterprise,
            (number, version, "reminder") if reminder else (number, version),
            number,
            inner,
        )

    def _send(
        self, code: str, enterprise: str, identity: tuple[object, ...], number: str, inner: str
    ) -> int:
        work = self._work
        return work.push(
            started(
                work.node,
                code,
                self._register.enterprise(enterprise).dxp_id,
                work.now,
                identity=identity,
                business_id=number,
                inner=inner,
            ),
            number,
        )


def _of(lines: Iterable[Movement], number: str) -> list[wire.Movement]:
    return [line.on_wire() for line in lines if line.number == number]
