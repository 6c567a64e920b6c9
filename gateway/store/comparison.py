"""The gateway's own comparison of a statement (B303): its head, every line of it, and what the
gateway was told that it leaves out; both sides shown. Stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from sqlalchemy import Connection

from gateway.store.register_sql import RegisterSql
from gateway.store.rows import MovementRow, VersionRow
from handlers.contract import Push
from schemas.money import fen_of, yuan
from schemas.times import from_wire, to_wire

RAISED = frozenset({"11", "12", "21", "22", "43"})
"""Movements that came as the answer to a filing or as the levy itself: no GRT302 told them, so none
is missing here. Each is by an amount of the register, or by the difference of two versions."""
LOWERED = frozenset({"13", "23", "24"})
"""The same, downwards."""
ANSWERED = RAISED | LOWERED
BEGINS = frozenset({"11", "21", "43"})
"""Movements that open the account whose balance they show."""
CASH = frozenset({"41", "42", "51", "61", "62", "71"})
"""Movements of money in custody: with 11 of a guarantee by cash, the sums of a statement's head."""
SET_UP = "11"
BY_CASH = "1"
ACCOUNTS = {"21": "open", "22": "open", "23": "open", "24": "open", "43": "letter", "44": "letter"}
"""Code of a levy's movement to the account whose balance it shows; the others show custody."""
UNSEEN = frozenset({"22", "23", "24"})
"""Movements of what a levy still owes, which payments lower too without a line of that account."""
DAY = 86_400_000_000
"""Microseconds."""

Line = Mapping[str, str]
Difference = dict[str, str]


class Comparison:
    """Compares statements inside a unit. ``fields_in`` reads the body in an archived message."""

    def __init__(self, sql: RegisterSql, fields_in: Callable[[bytes], dict[str, str]]) -> None:
        self._sql, self._fields_in = sql, fields_in

    def differences(
        self,
        connection: Connection,
        push: Push,
        begins: int,
        ends: int,
        *,
        moved: Sequence[MovementRow] = (),
        replaced: Sequence[VersionRow] = (),
    ) -> list[Difference]:
        """Return the differences between a statement and what the gateway was told of its period.

        ``begins`` and ``ends`` are microseconds UTC. ``moved``: movements of the enterprise that
        came in the same unit, and are not stored yet; ``replaced``: versions of registers that did.
        """
        lines = push.movements
        versions = self._versions(connection, lines, replaced)
        told = {line.get("mvmtNo", ""): line for line in lines}
        own = {
            row.number: row for row in self._sql.moved(connection, push.enterprise, begins, ends)
        }
        own |= {row.number: row for row in moved if begins <= row.moved_at < ends}
        late = [number for number in told if number not in own]
        if late:  # a late line may be older than the period
            stored = self._sql.movements(connection, push.enterprise, late)
            own |= {row.number: row for row in (*stored, *moved) if row.number in told}
        return [
            *self._of_head(connection, push, begins, versions),
            *(
                difference
                for number, line in told.items()
                for difference in _of_line(number, line, own.get(number), versions)
            ),
            *_of_balances(lines),
            *(
                _difference("missing_there", number, _moved(row.increase, row.decrease), "")
                for number, row in own.items()
                if number not in told
            ),
        ]

    def _of_head(
        self,
        connection: Connection,
        push: Push,
        begins: int,
        versions: Mapping[str, Sequence[Mapping[str, str]]],
    ) -> Iterator[Difference]:
        get = push.fields.get
        opening, closing = fen_of(get("opngAmt")), fen_of(get("clsgAmt"))
        increase, decrease = fen_of(get("incrAmt")), fen_of(get("decrAmt"))
        if opening + increase - decrease != closing:
            yield _difference("arithmetic", "", yuan(opening + increase - decrease), yuan(closing))
        money = [line for line in push.movements if _is_money(line, versions)]
        sums = (
            sum(fen_of(line.get("incrAmt")) for line in money),
            sum(fen_of(line.get("decrAmt")) for line in money),
        )
        if sums != (increase, decrease):
            yield _difference("sum", "", _moved(*sums), _moved(increase, decrease))
        before = self._sql.closed_before(connection, push.enterprise, begins)
        if before is not None and before.closing != opening:
            yield _difference("opening", before.statement_no, yuan(before.closing), yuan(opening))
        if str(len(push.movements)) != get("mvmtQty", ""):
            yield _difference("count", "", str(len(push.movements)), get("mvmtQty", ""))

    def _versions(
        self, connection: Connection, lines: Sequence[Line], replaced: Sequence[VersionRow]
    ) -> dict[str, list[dict[str, str]]]:
        """Return the known versions, oldest first, of each register that an answered line names."""
        numbers = {line.get("gurNo", "") for line in lines if line.get("evtCd", "") in ANSWERED}
        rows = {*self._sql.versions(connection, numbers)}
        rows |= {row for row in replaced if row.number in numbers}
        bodies = self._sql.bodies(connection, {row.document for row in rows})
        versions: dict[str, list[dict[str, str]]] = {}
        for row in sorted(rows):
            versions.setdefault(row.number, []).append(
                self._fields_in(bodies[row.document]) | {"version": str(row.version)}
            )
        return versions


def _is_money(line: Line, versions: Mapping[str, Sequence[Mapping[str, str]]]) -> bool:
    code = line.get("evtCd", "")
    if code != SET_UP:
        return code in CASH
    return any(
        fields.get("gurModecd") == BY_CASH for fields in versions.get(line.get("gurNo", ""), ())
    )


def _of_line(
    number: str,
    line: Line,
    row: MovementRow | None,
    versions: Mapping[str, Sequence[Mapping[str, str]]],
) -> Iterator[Difference]:
    amounts = (fen_of(line.get("incrAmt")), fen_of(line.get("decrAmt")))
    if row is not None:
        if (row.increase, row.decrease) != amounts:
            yield _difference(
                "amount", number, _moved(row.increase, row.decrease), _moved(*amounts)
            )
        elif row.moved_at // DAY != from_wire(line.get("mvmtTime", "")) // DAY:
            yield _difference("date", number, to_wire(row.moved_at), line.get("mvmtTime", ""))
        return
    known = versions.get(line.get("gurNo", ""))
    if line.get("evtCd", "") not in ANSWERED or not known:
        yield _difference("missing_here", number, "", _moved(*amounts))
        return
    wanted = _steps(known, raised=line.get("evtCd", "") in RAISED)
    if wanted is not None and amounts not in wanted:
        here = "; ".join(_moved(*step) for step in sorted(wanted))
        yield _difference("amount", number, here, _moved(*amounts))


def _steps(versions: Sequence[Mapping[str, str]], *, raised: bool) -> set[tuple[int, int]] | None:
    """Return by how much a register may have moved in one step, as increase and decrease. None
    when a version between the known ones never came, so that nobody here can tell."""
    numbers = [int(fields["version"]) for fields in versions]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return None
    amounts = [fen_of(fields.get("gasrAmt") or fields.get("levyBlAmt")) for fields in versions]
    steps = {later - earlier for earlier, later in pairwise(amounts)}
    if raised:
        return {(amount, 0) for amount in {*amounts, *steps} if amount > 0}
    return {(0, abs(amount)) for amount in {*(-a for a in amounts), *steps} if amount < 0}


def _of_balances(lines: Sequence[Line]) -> Iterator[Difference]:
    """Follow each account through the lines, from the first that tells its balance."""
    balances: dict[tuple[str, str], int] = {}
    for line in lines:
        number, code = line.get("gurNo", ""), line.get("evtCd", "")
        account = (number, ACCOUNTS.get(code, "custody"))
        shown = fen_of(line.get("balAmt"))
        before = 0 if code in BEGINS else balances.get(account)
        if before is not None and code not in UNSEEN:
            after = before + fen_of(line.get("incrAmt")) - fen_of(line.get("decrAmt"))
            if after != shown:
                yield _difference("balance", line.get("mvmtNo", ""), yuan(after), yuan(shown))
        balances[account] = shown


def _difference(kind: str, number: str, here: str, there: str) -> Difference:
    return {"kind": kind, "mvmt_no": number, "gateway": here, "statement": there}


def _moved(increase: int, decrease: int) -> str:
    return f"+{yuan(increase)} -{yuan(decrease)}"
