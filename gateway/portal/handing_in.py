"""Handing in what a screen composed: the same package that any client would send, through the same
intake."""

from __future__ import annotations

import secrets
from datetime import datetime

from gateway.api.http import ProblemError
from gateway.api.messages import check, keep, refused, take
from gateway.filing.taken import Taken
from gateway.service import Gateway
from gateway.store.keys import Caller
from schemas.findings import Finding
from schemas.package import WHOLE, Envelope, Pocket, encode_package
from schemas.times import SHANGHAI, to_xsd


class HandingIn:
    """One per process."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def new_id(self, enterprise: str) -> str:
        """Return the id of a new message of an enterprise."""
        sender = self._gateway.registry.enterprises[enterprise].dxp_id
        now = self._gateway.clock.now().astimezone(SHANGHAI)
        return (
            f"{sender}{self._gateway.settings.customs_node}{now:%Y%m%d%H%M%S}"
            f"{secrets.randbelow(10**11):011d}"
        )

    def package(
        self,
        message_type: str,
        business: str,
        *,
        enterprise: str,
        message_id: str,
        reference: str = "",
        pocket: Pocket = WHOLE,
    ) -> bytes:
        """Return the message. ``business`` is the inner XML of BussinessData; the same arguments
        give the same bytes: the time of sending is that of the id."""
        at = _moment_in(message_id) or self._gateway.clock.now()
        envelope = self.envelope(
            message_type, enterprise=enterprise, message_id=message_id, reference=reference, at=at
        )
        return encode_package(envelope, business, pocket)

    def envelope(
        self, message_type: str, *, enterprise: str, message_id: str, reference: str, at: datetime
    ) -> Envelope:
        """Return the envelope of a message of an enterprise to customs, sent at ``at``."""
        return Envelope(
            message_id=message_id,
            message_type=message_type,
            sender_id=self._gateway.registry.enterprises[enterprise].dxp_id,
            receiver_id=self._gateway.settings.customs_node,
            send_time=to_xsd(at),
            business_id=reference,
            file_name=f"{message_id}.GRT",
        )

    async def findings(self, body: bytes, own: Caller) -> tuple[Finding, ...]:
        """Return what intake would say of the message. Nothing is stored."""
        checked = await check(self._gateway, body, own, None)
        return checked if isinstance(checked, tuple) else checked.warnings

    async def take(self, body: bytes, own: Caller) -> Taken:
        """Return what became of the message, once that is durable. Raise ProblemError where it is
        refused; of a refusal is kept what is kept of any."""
        try:
            checked = await check(self._gateway, body, own, None)
            if isinstance(checked, tuple):
                raise refused(self._gateway, checked)
            return await take(self._gateway, checked, own)
        except ProblemError as problem:
            if problem.status < 500:
                await keep(self._gateway, own, body, len(body), problem)
            raise


def _moment_in(message_id: str) -> datetime | None:
    """Return the moment at which an id was made; None where it does not say."""
    try:
        return datetime.strptime(message_id[-25:-11], "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None
