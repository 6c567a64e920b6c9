"""The register as one unit sees it: read once for a batch, kept current as the batch decides. Owns no rule."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from customs_sim.filing import Filing
from customs_sim.rule import Enterprise, RegisterView
from customs_sim.store import Sql
from schemas.codes import CodeLists


class Register:
    """Fills a RegisterView and enters what the unit itself approved: two filings with one letter in one batch collide."""

    def __init__(self, connection: Connection, sql: Sql, codes: CodeLists, filings: Iterable[Filing]) -> None:
        enterprises: set[str] = set()
        letters: set[str] = set()
        references: set[str] = set()
        for filing in filings:
            body = filing.body
            enterprises |= {body.enterprise, body.text("pmnEtpsno")}
            letters.add(body.text("ltguaNo").strip())
            references.add(filing.head.reference)
        self._letters = sql.letters(connection, letters)
        self._generations = sql.generations(connection, references)
        self.view = RegisterView(
            enterprises={row[0]: Enterprise(code=row[0], name=row[1], credit_code=row[2], customs=row[3], dxp_id=row[4],
                                            barred=bool(row[5]), agents=frozenset(row[6].split()))
                         for row in sql.enterprises(connection, enterprises)},
            letters=self._letters, generations=self._generations, codes=codes)

    def enter(self, filing: Filing, gasr_no: str) -> None:
        """Take note of an approval."""
        if filing.body.by_letter and (letter := filing.body.text("ltguaNo").strip()):
            self._letters[letter] = gasr_no
        self._generations[filing.body.enterprise, filing.head.reference] = filing.body.change_no
