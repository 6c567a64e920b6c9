"""Reads what customs sends: DxpMsg, package, receipt or push; and finds what it answers. Pure but
for the caches of its parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from lxml import etree
from msgspec.structs import replace

from gateway.attempt_ids import FIRST_SEQ_NO, attempt_of
from gateway.base.message import Message
from handlers.contract import Answer, AnswerHandler, Push, PushHandler
from schemas.dxp import DxpMsg, decode_reps, read_dxp
from schemas.explain import Explainer
from schemas.filing import without_old_nil
from schemas.findings import Refused
from schemas.package import Rows, open_package, rows_of
from schemas.plain import PlainReader
from schemas.xml import XmlReader
from schemas.xsd import SchemaSet

ROOT = "Root"
"""The failure that client software or its card reader tells."""


class Target(msgspec.Struct, frozen=True):
    """The declaration and attempt that a message names. Attempt 0: it names none, so only an open
    one counts. ``attachment``: the message is about a file of it. ``mark``: of the message that the
    attempt sent (``attempt_ids``); None where no id names it."""

    seq_no: int
    attempt: int = 0
    attachment: bool = False
    mark: int | None = None

    @property
    def is_archive_id(self) -> bool:
        """Whether it names a message without a SeqNo of its own: 18 digits begin far above every
        archive id."""
        return self.seq_no < FIRST_SEQ_NO


class Reading(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=True):
    """One message of customs, opened. ``package_id`` is the message_id inside: a resend carries it
    in a new DxpMsg. ``key_seq_no`` is the SeqNo among the keys of the transport."""

    scope: str
    message_id: str
    message_type: str
    body: bytes
    receiver: str
    package_id: str
    content: Answer | Push
    target: Target | None
    gateway_msg_id: str | None = None
    key_seq_no: str = ""


class Said(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One report: what it is about, its code and its words."""

    target: Target | None
    code: str
    info: str


class Report(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=True):
    """A failure on the way of one of our messages: a DxpRep, or the Root of the client software.
    ``name``: which. ``others``: what a DxpRep with several Responses reports beside the first."""

    scope: str
    message_id: str
    message_type: str
    body: bytes
    target: Target | None
    code: str
    info: str
    gateway_msg_id: str | None = None
    name: str = "DxpRep"
    others: tuple[Said, ...] = ()

    @property
    def all(self) -> tuple[Said, ...]:
        """Return every report in it, the first one first."""
        return (Said(target=self.target, code=self.code, info=self.info), *self.others)


class Unreadable(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=True):
    """A message that can never be applied."""

    scope: str
    message_id: str
    message_type: str
    body: bytes
    reason: str
    gateway_msg_id: str | None = None


Item = Reading | Report | Unreadable
_DECODER: msgspec.msgpack.Decoder[Item] = msgspec.msgpack.Decoder(Item)


class CustomsReader:
    """Opens messages of customs. One per process."""

    def __init__(
        self,
        *,
        reader: XmlReader,
        schemas: SchemaSet,
        handlers: Iterable[AnswerHandler | PushHandler],
        salt: bytes,
    ) -> None:
        self._explainer = Explainer(schemas)
        self._reader, self._schemas, self._salt, self._plain = (
            reader,
            schemas,
            salt,
            PlainReader(schemas, reader.limits.size),
        )
        self._handlers = {h.code: h for h in handlers}

    def read(self, message: Message) -> Reading | Report | Unreadable:
        """Never raises for bad input: what cannot be read comes back as Unreadable with the
        reason."""
        if message.opened:
            return replace(_DECODER.decode(message.opened), body=message.body)
        scope, message_id, kind = "customs", message.id, message.headers.get("message_type", "")
        try:
            dxp = read_dxp(message.body, self._reader)
            if not isinstance(dxp, DxpMsg):
                if dxp.tag == "DxpRep":
                    return self._reports(message, dxp)
                if dxp.tag == ROOT:
                    return self._failure(message, dxp, scope, message_id, {})
                raise ValueError(f"root is {dxp.tag}, wanted DxpMsg")
            scope, message_id, kind = dxp.sender_id, dxp.cop_msg_id, dxp.message_type
            plain = self._plain.read(kind, dxp.data) if kind in self._handlers else None
            if plain is not None:
                receiver, package_id, rows = (
                    plain.envelope.receiver_id,
                    plain.envelope.message_id,
                    plain.business[kind],
                )
            else:
                document = self._reader.read(dxp.data)
                if document.root.tag == ROOT:
                    return self._failure(message, document.root, scope, message_id, dxp.keys)
                package = open_package(document)
                receiver, package_id, kind = (
                    package.envelope.receiver_id,
                    package.envelope.message_id,
                    package.envelope.message_type,
                )
                rows = self._checked(kind, package.business)
            content = self._handlers[kind].read(rows)
            if content is None:
                raise ValueError(f"{kind} carries no result")
        except (Refused, ValueError) as error:
            return Unreadable(
                scope=scope,
                message_id=message_id,
                message_type=kind,
                body=message.body,
                reason=str(error),
            )
        target = self._target(dxp.keys) if isinstance(content, Answer) else None
        return Reading(
            scope=scope,
            message_id=message_id,
            message_type=kind,
            body=message.body,
            content=content,
            target=target,
            receiver=receiver,
            package_id=package_id,
            gateway_msg_id=dxp.keys.get("GatewayMsgId"),
            key_seq_no=dxp.keys.get("SeqNo", ""),
        )

    def _checked(self, kind: str, business: etree._Element) -> Rows:
        """What stands in a message that is not plain; ValueError with the reason when it cannot be
        read."""
        if kind not in self._handlers:
            raise ValueError(f"unknown message type {kind}")
        if not self._schemas.valid(kind, business) and not (
            without_old_nil(business) and self._schemas.valid(kind, business)
        ):
            raise Refused(self._explainer.explain(kind, business)[:3])
        return rows_of(business[0])

    def transport(self, body: bytes) -> DxpMsg | None:
        """The DxpMsg of an archived message of customs."""
        dxp = read_dxp(body, self._reader)
        return dxp if isinstance(dxp, DxpMsg) else None

    def _reports(self, message: Message, root: etree._Element) -> Report:
        """Return the reports of a DxpRep; ValueError when there is none in it."""
        reports = decode_reps(root)
        if not reports:
            raise ValueError("the DxpRep has no Response")
        first, *others = (
            Said(target=self._attempt(rep.original), code=rep.code, info=rep.info)
            for rep in reports
        )
        return Report(
            scope="customs",
            message_id=message.id,
            message_type="DxpRep",
            body=message.body,
            code=first.code,
            info=first.info,
            target=first.target,
            gateway_msg_id=reports[0].original,
            others=tuple(others),
        )

    def _failure(
        self,
        message: Message,
        root: etree._Element,
        scope: str,
        message_id: str,
        keys: Mapping[str, str],
    ) -> Report:
        """``Root`` (``docs/wire.md`` 2.7): it names no document; only the keys of the message
        around it can."""
        return Report(
            scope=scope,
            message_id=message_id,
            message_type=ROOT,
            body=message.body,
            name=ROOT,
            code=root.findtext("failCode") or "",
            info=" ".join((root.findtext("failInfo") or "").split()),
            target=self._attempt(keys.get("GatewayMsgId", "")),
        )

    def inner(self, body: bytes) -> bytes:
        """The package bytes inside an archived message of customs."""
        dxp = self.transport(body)
        return body if dxp is None else dxp.data

    def _target(self, keys: Mapping[str, str]) -> Target | None:
        """GatewayMsgId first; else SeqNo of the keys (``docs/contract.md`` 2). What the receipt
        itself says is read by ``targets``, which knows the filings."""
        if (named := keys.get("GatewayMsgId")) and (found := self._attempt(named)) is not None:
            return found
        return seq_no_in(keys.get("SeqNo", ""))

    def _attempt(self, gateway_msg_id: str) -> Target | None:
        found = attempt_of(self._salt, gateway_msg_id)
        return (
            None
            if found is None
            else Target(seq_no=found.number, attempt=found.attempt, mark=found.mark)
        )


def seq_no_in(text: str) -> Target | None:
    """Return the target that a text of 18 digits names if it is a SeqNo; None for any other."""
    is_one = len(text) == 18 and text.isascii() and text.isdigit()
    return Target(int(text)) if is_one else None
