"""The registers as one unit sees them: read and locked once for a batch, kept current as the batch
decides. Owns no rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Generic, TypeVar

from customs_sim.ledger.amounts import decimal
from customs_sim.ledger.books import Books
from customs_sim.ledger.rows import Guarantee, Levy
from customs_sim.ledger.statement_book import Statements
from customs_sim.ledger.statements import UNANSWERED, Statement
from customs_sim.office.unit import WriteUnit
from customs_sim.rules.procedure import procedure_of
from customs_sim.rules.register import HeldGuarantee, HeldLevy, HeldStatement
from customs_sim.rules.rule import RegisterView
from customs_sim.wire.filing import Filing
from customs_sim.wire.parties import Enterprise
from customs_sim.wire.reader import FilingReader
from schemas.codes import CodeLists
from schemas.record import EnterpriseRecord
from schemas.times import SHANGHAI

Held = TypeVar("Held", HeldGuarantee, HeldLevy)


def statements_of(unit: WriteUnit, *, answer_days: int = 10, rolls: bool = False) -> Statements:
    """Return the statements of account as ``unit`` reads and issues them."""
    return Statements(
        unit.connection,
        unit.sql.ledger,
        unit.blocks,
        unit.now,
        answer_days=answer_days,
        rolls=rolls,
    )


class Register:
    """Fills a RegisterView and keeps it current: two filings with one letter in one batch collide,
    two on one guarantee see each other's quota. ``documents``: guarantee no. to its document; a
    levy's document stands in its row.
    """

    def __init__(
        self,
        unit: WriteUnit,
        reader: FilingReader,
        codes: CodeLists,
        filings: Iterable[Filing] = (),
        *,
        guarantees: Iterable[str] = (),
        levies: Iterable[str] = (),
        enterprises: Iterable[str] = (),
    ) -> None:
        self._unit, self._reader = unit, reader
        filings = tuple(filings)
        self.books = Books(unit.connection, unit.sql.ledger, unit.blocks, unit.now.at)
        unit.at_end(self.books.flush)
        self.documents: dict[str, dict[str, str]] = {}
        self._enterprises: dict[str, Enterprise] = {}
        self._statements = _statements(unit, filings)
        self._answers = {number: _statement(found) for number, found in self._statements.items()}
        self._records: dict[str, int] = {}
        self._generations = _generations(unit, filings)
        self._letters: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        for letter, (number, owner) in unit.sql.letters(
            unit.connection, {filing.body.text("ltguaNo").strip() for filing in filings}
        ).items():
            self._letters[letter], self._owners[letter] = number, owner
        known = self._read_registers(filings, guarantees, levies)
        changing = [filing.body.text("gasrNo") for filing in filings if filing.is_change]
        self._cover = unit.sql.ledger.cover_until(unit.connection, changing) if changing else {}
        named = {*enterprises, *known, *(code for filing in filings for code in _units(filing))}
        for row in unit.sql.enterprises(unit.connection, named):
            self._enterprises[row[0]] = Enterprise(
                code=row[0],
                name=row[1],
                credit_code=row[2],
                customs=row[3],
                dxp_id=row[4],
                barred=bool(row[5]),
                agents=frozenset(row[6].split()),
            )
        self.view = RegisterView(
            enterprises=self._enterprises,
            letters=self._letters,
            letter_owners=self._owners,
            generations=self._generations,
            codes=codes,
            statements=self._answers,
            guarantees=_Live(self.guarantee),
            levies=_Live(self.levy),
        )

    def _read_registers(
        self, filings: tuple[Filing, ...], guarantees: Iterable[str], levies: Iterable[str]
    ) -> set[str]:
        """Read and lock what the filings name, and what else is given; whose it is."""
        wanted_guarantees, wanted_levies = set(guarantees), set(levies)
        self._levies = wanted_levies
        for filing in filings:
            named = procedure_of(filing.head.message_type).named(filing)
            wanted_guarantees |= named.guarantees
            wanted_levies |= named.levies
        if not wanted_guarantees and not wanted_levies:
            return set()
        self.books.read(guarantees=wanted_guarantees, levies=wanted_levies)
        rows = [levy for number in wanted_levies if (levy := self.books.levy(number))]
        wanted_guarantees |= {levy.gasr_no for levy in rows if levy.gasr_no}
        held = [found for number in wanted_guarantees if (found := self.books.guarantee(number))]
        bodies = (
            self._unit.sql.bodies(self._unit.connection, [found.message for found in held])
            if held
            else {}
        )
        for found in held:
            self.documents[found.gasr_no] = self._reader.document(
                bytes(bodies[found.message][3]), "GrtGasrLevyBsc"
            )
        return {levy.enterprise for levy in rows} | {found.enterprise for found in held}

    def enterprise(self, code: str) -> Enterprise:
        """A registered enterprise that was read; KeyError otherwise."""
        return self._enterprises[code]

    def guarantee(self, number: str) -> HeldGuarantee | None:
        """The guarantee as the rules see it now."""
        row = self.books.guarantee(number)
        return (
            None
            if row is None
            else _guarantee(row, self.documents.get(number, {}), self._cover_until(number))
        )

    def levy(self, number: str) -> HeldLevy | None:
        """The levy as the rules see it now."""
        row = self.books.levy(number)
        return None if row is None else _levy(row)

    def enter(self, filing: Filing) -> None:
        """Take note of an approval."""
        self._generations[filing.body.enterprise, filing.head.reference] = filing.body.change_no

    def enter_letter(self, letter: str, number: str, enterprise: str) -> None:
        """Take note that ``letter`` secures ``number``, and no other letter does."""
        for old in [key for key, holder in self._letters.items() if holder == number]:
            del self._letters[old]
        self._letters[letter], self._owners[letter] = number, enterprise

    def answer(self, number: str, seq_no: str, *, agreed: bool) -> None:
        """Write the answer to a statement."""
        found = statements_of(self._unit).answered(self._statements[number], seq_no, agreed=agreed)
        self._statements[number] = found
        self._answers[number] = _statement(found)

    def next_record(self, enterprise: str) -> int:
        """The version of the enterprise's record that is being written now."""
        if enterprise not in self._records:
            self._records |= {enterprise: 0} | self._unit.sql.records(
                self._unit.connection, [enterprise]
            )
        self._records[enterprise] += 1
        return self._records[enterprise]

    def _cover_until(self, number: str) -> date | None:
        here = [
            levy.oriact_valid
            for each in self._levies
            if (levy := self.books.levy(each)) and levy.gasr_no == number and levy.quota
        ]
        latest = max((self._cover.get(number) or 0, *here))
        return _day(latest) if latest else None


class _Live(Mapping[str, Held], Generic[Held]):
    """Looks up instead of holding: the rules see what the unit itself has just changed."""

    def __init__(self, look: Callable[[str], Held | None]) -> None:
        self._look: Callable[[str], Held | None] = look

    def __getitem__(self, number: str) -> Held:
        if (found := self._look(number)) is None:
            raise KeyError(number)
        return found

    def __iter__(self) -> Iterator[str]:
        raise TypeError("registers are looked up by number")

    def __len__(self) -> int:
        raise TypeError("registers are looked up by number")


def _units(filing: Filing) -> set[str]:
    body = filing.body
    found = {body.enterprise, body.text("pmnEtpsno")}
    return (
        found | {code for code, _ in body.payers} if isinstance(body, EnterpriseRecord) else found
    )


def _generations(unit: WriteUnit, filings: tuple[Filing, ...]) -> dict[tuple[str, str], int]:
    """What customs holds of each SeqNo: a set-up's guarantee may have been changed since; any other
    filing was approved."""
    set_up = {f.head.reference for f in filings if f.sets_up}
    other = {f.head.reference for f in filings} - set_up
    found = unit.sql.generations(unit.connection, set_up)
    return found | unit.sql.approved(unit.connection, other) if other else found


def _statements(unit: WriteUnit, filings: tuple[Filing, ...]) -> dict[str, Statement]:
    numbers = {
        number
        for filing in filings
        for number in procedure_of(filing.head.message_type).named(filing).statements
    }
    if not numbers:
        return {}
    book = statements_of(unit)
    return {number: found for number in sorted(numbers) if (found := book.latest(number))}


def _statement(found: Statement) -> HeldStatement:
    return HeldStatement(
        no=found.no,
        enterprise=found.enterprise,
        version=found.version,
        answered=found.status not in UNANSWERED,
        movements=frozenset(line.no for line in found.as_sent().lines),
    )


def _guarantee(row: Guarantee, fields: Mapping[str, str], cover: date | None) -> HeldGuarantee:
    return HeldGuarantee(
        no=row.gasr_no,
        enterprise=row.enterprise,
        customs=row.customs,
        change_no=row.change_no,
        version=row.version,
        mode=row.mode,
        letter_no=row.letter_no,
        valid_until=_day(row.valid_until - 1) if row.valid_until else None,
        status=row.status,
        limit=decimal(row.limit),
        used=decimal(row.used),
        returned=decimal(row.returned),
        pending=decimal(row.pending),
        refunds=row.refunds,
        cover_until=cover,
        fields=fields,
    )


def _levy(row: Levy) -> HeldLevy:
    return HeldLevy(
        no=row.levy_no,
        enterprise=row.enterprise,
        customs=row.customs,
        change_no=row.change_no,
        version=row.version,
        gur_type=row.type,
        mode=row.mode,
        gasr_no=row.gasr_no,
        letter_no=row.letter_no,
        status=row.status,
        confirmed=bool(row.confirmed),
        taken_back=bool(row.taken_back),
        closed=bool(row.closed),
        biz_no=row.biz_no,
        due=decimal(row.due),
        open=decimal(row.open),
        cash=decimal(row.cash),
        paper=decimal(row.paper),
        quota=decimal(row.quota),
        refunds=row.refunds,
        fields={**row.fields, **row.amounts.wire()},
    )


def _day(at: int) -> date:
    return datetime.fromtimestamp(at / 1_000_000, UTC).astimezone(SHANGHAI).date()
