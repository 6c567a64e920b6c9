"""Typed views of the enterprise record (GrtEtpsInfoBsc, 信息维护): the record, its contacts and its
bank accounts. All ours.

As in ``guarantee``: the wire fields stay text, a view answers typed questions and owns no rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from schemas.body import Body, Filed, Parts


class Contact(Body, frozen=True):
    """GrtEtpsConcDt."""

    @property
    def name(self) -> str:
        return self.text("etpsConcErName")

    @property
    def is_default(self) -> bool:
        return self.text("dfltMarkcd") == "1"


class BankAccount(Body, frozen=True):
    """GrtEtpsAcctDt: one account of a payer unit."""

    @property
    def payer(self) -> tuple[str, str]:
        """Code (may be empty) and name of the payer unit: together they tell payers apart."""
        return self.text("pmnEtpsno"), self.text("pmnEtpsNm")

    @property
    def bank(self) -> str:
        return self.text("pmnEtpsOpaccBankNm")

    @property
    def number(self) -> str:
        return self.text("pmnEtpsBankAcctnum")

    @property
    def is_default(self) -> bool:
        return self.text("dfltMarkcd") == "1"


class EnterpriseRecord(Filed, frozen=True):
    """GrtEtpsInfoBsc, 信息维护, with its contacts and bank accounts. Ours."""

    contacts: tuple[Contact, ...] = ()
    accounts: tuple[BankAccount, ...] = ()

    @classmethod
    def of(cls, fields: Mapping[str, str], parts: Parts) -> Self:
        return cls(
            fields,
            tuple(Contact(row) for row in parts.get("GrtEtpsConcDt", ())),
            tuple(BankAccount(row) for row in parts.get("GrtEtpsAcctDt", ())),
        )

    @property
    def name(self) -> str:
        return self.text("assuredEtpsNm")

    @property
    def credit_code(self) -> str:
        return self.text("assuredEtpsSccd")

    @property
    def payers(self) -> tuple[tuple[str, str], ...]:
        """The distinct payer units of the accounts, code and name, in the order of first
        mention."""
        return tuple(dict.fromkeys(account.payer for account in self.accounts))
