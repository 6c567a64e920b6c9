"""The registers as one work sees them: read and locked once for a batch, kept current as the batch
is decided. Owns no rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Generic, TypeVar

from customs_sim.ledger.books import Books
from customs_sim.ledger.rows import Guarantee, Levy
from customs_sim.ledger.statement_book import Statements
from customs_sim.ledger.statements import UNANSWERED, Statement
from customs_sim.office.work import Work
from customs_sim.rules.procedure import procedure_of
from customs_sim.rules.register import HeldGuarantee, HeldLevy, HeldStatement
from customs_sim.rules.rule import RegisterView
from customs_sim.wire.filing import Filing
from customs_sim.wire.parties import Enterprise
from customs_sim.wire.reader import FilingReader
from schemas.codes import CodeLists
from schemas.money import decimal
from schemas.record import EnterpriseRecord
from schemas.times import local

Held = TypeVar("Held", HeldGuarantee, HeldLevy)


def statements_of(work: Work, *, answer_days: int = 10, rolls: bool = False) -> Statements:
    """Return the statements of account as ``work`` reads and issues them. ``answer_days``: days
    that an enterprise has for its answer; ``rolls``: the last one rolls to a working day."""
    return Statements(
        work.connection,
        work.sql.ledger,
        work.blocks,
        work.now,
        answer_days=answer_days,
        rolls=rolls,
    )


class Register:
    """Fills a RegisterView and keeps it current: two filings with one letter in one batch collide,
    two on one guarantee see each other's quota.

    Attributes:
        view: What the rules see.
        books: The rows of the ledger that were read.
        documents: Guarantee no. to its document as customs last sent it. The document of a levy
            stands in its row.
    """

    def __init__(
        self,
        work: Work,
        reader: FilingReader,
        codes: CodeLists,
        filings: Iterable[Filing] = (),
        *,
        guarantees: Iterable[str] = (),
        levies: Iterable[str] = (),
        enterprises: Iterable[str] = (),
    ) -> None:
        """Read and lock what ``filings`` name, and what is given beside them by number or code."""
        self._work, self._reader = work, reader
        filings = tuple(filings)
        self.books = Books(work.connection, work.sql.ledger, work.blocks, work.now.at)
        work.at_end(self.books.flush)
        self.documents: dict[str, dict[str, str]] = {}
        self._enterprises: dict[str, Enterprise] = {}
        self._statements = _statements(work, filings)
        self._answers = {number: _statement(row) for number, row in self._statements.items()}
        self._records: dict[str, int] = {}
        self._generations = _generations(work, filings)
        self._letters: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        letters = {filing.body.text("ltguaNo").strip() for filing in filings}
        for letter, use in work.sql.letters(work.connection, letters).items():
            self._letters[letter], self._owners[letter] = use.number, use.enterprise
        known = self._read_registers(filings, guarantees, levies)
        changing = [filing.body.text("gasrNo") for filing in filings if filing.is_change]
        self._cover = work.sql.ledger.cover_until(work.connection, changing) if changing else {}
        named = {
            *enterprises,
            *known,
            *(code for filing in filings for code in _enterprises(filing)),
        }
        for row in work.sql.enterprises(work.connection, named):
            self._enterprises[row.code] = Enterprise.of_row(row)
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
        """Read and lock what the filings name, and what else is given. Return the enterprises that
        it belongs to."""
        wanted_guarantees, wanted_levies = set(guarantees), set(levies)
        self._levies = wanted_levies
        for filing in filings:
            named = procedure_of(filing.head.message_type).named(filing)
            wanted_guarantees |= named.guarantees
            wanted_levies |= named.levies
        if not wanted_guarantees and not wanted_levies:
            return set()
        self.books.read(guarantees=wanted_guarantees, levies=wanted_levies)
        levy_rows = [levy for number in wanted_levies if (levy := self.books.levy(number))]
        wanted_guarantees |= {levy.gasr_no for levy in levy_rows if levy.gasr_no}
        rows = [row for number in wanted_guarantees if (row := self.books.guarantee(number))]
        if rows:
            bodies = self._work.sql.bodies(self._work.connection, [row.message for row in rows])
            for row in rows:
                self.documents[row.gasr_no] = self._reader.document(
                    bytes(bodies[row.message].body), "GrtGasrLevyBsc"
                )
        return {levy.enterprise for levy in levy_rows} | {row.enterprise for row in rows}

    def enterprise(self, code: str) -> Enterprise:
        """Return a registered enterprise; raise KeyError unless it was read."""
        return self._enterprises[code]

    def guarantee(self, number: str) -> HeldGuarantee | None:
        """Return a guarantee as the rules see it now; None when it was not read."""
        row = self.books.guarantee(number)
        return (
            None
            if row is None
            else _guarantee(row, self.documents.get(number, {}), self._cover_until(number))
        )

    def levy(self, number: str) -> HeldLevy | None:
        """Return a levy as the rules see it now; None when it was not read."""
        row = self.books.levy(number)
        return None if row is None else _levy(row)

    def enter(self, filing: Filing) -> None:
        """Take note that ``filing`` was approved."""
        self._generations[filing.body.enterprise, filing.head.reference] = filing.body.change_no

    def enter_letter(self, letter: str, number: str, enterprise: str) -> None:
        """Take note that ``letter`` secures ``number``, and no other letter does."""
        for old in [key for key, holder in self._letters.items() if holder == number]:
            del self._letters[old]
        self._letters[letter], self._owners[letter] = number, enterprise

    def answer(self, number: str, seq_no: str, *, agreed: bool) -> None:
        """Enter the answer ``seq_no`` to a statement."""
        before = self._statements[number]
        after = statements_of(self._work).answered(before, seq_no, agreed=agreed)
        self._statements[number] = after
        self._answers[number] = _statement(after)

    def next_record(self, enterprise: str) -> int:
        """Return the version of the enterprise's record that is being written."""
        if enterprise not in self._records:
            self._records |= {enterprise: 0} | self._work.sql.records(
                self._work.connection, [enterprise]
            )
        self._records[enterprise] += 1
        return self._records[enterprise]

    def _cover_until(self, number: str) -> date | None:
        """Return the last day on which a levy that the guarantee secures is valid; None without
        one."""
        here = [
            levy.oriact_valid
            for each in self._levies
            if (levy := self.books.levy(each)) and levy.gasr_no == number and levy.quota
        ]
        latest = max((self._cover.get(number) or 0, *here))
        return _day(latest) if latest else None


class _Live(Mapping[str, Held], Generic[Held]):
    """Looks up at every access: the rules see what the work itself has just changed."""

    def __init__(self, look: Callable[[str], Held | None]) -> None:
        self._look: Callable[[str], Held | None] = look

    def __getitem__(self, number: str) -> Held:
        if (held := self._look(number)) is None:
            raise KeyError(number)
        return held

    def __iter__(self) -> Iterator[str]:
        raise TypeError("registers are looked up by number")

    def __len__(self) -> int:
        raise TypeError("registers are looked up by number")


def _enterprises(filing: Filing) -> set[str]:
    """Return the codes of the enterprises that a filing names."""
    body = filing.body
    codes = {body.enterprise, body.text("pmnEtpsno")}
    if isinstance(body, EnterpriseRecord):
        codes |= {code for code, _ in body.payers}
    return codes


def _generations(work: Work, filings: tuple[Filing, ...]) -> dict[tuple[str, str], int]:
    """Return chgTmsCnt by enterprise and SeqNo of what is approved: of a set-up that of its
    guarantee, which may have been changed since; of any other filing its own."""
    set_up = {f.head.reference for f in filings if f.sets_up}
    other = {f.head.reference for f in filings} - set_up
    generations = work.sql.generations(work.connection, set_up)
    return generations | work.sql.approved(work.connection, other) if other else generations


def _statements(work: Work, filings: tuple[Filing, ...]) -> dict[str, Statement]:
    numbers = {
        number
        for filing in filings
        for number in procedure_of(filing.head.message_type).named(filing).statements
    }
    if not numbers:
        return {}
    book = statements_of(work)
    return {number: row for number in sorted(numbers) if (row := book.latest(number))}


def _statement(row: Statement) -> HeldStatement:
    return HeldStatement(
        no=row.no,
        enterprise=row.enterprise,
        version=row.version,
        answered=row.status not in UNANSWERED,
        movements=frozenset(line.no for line in row.as_sent().lines),
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
    return local(at).date()
