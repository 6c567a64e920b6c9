"""From a delivered message to what customs has to decide on. Pure but for the caches of its parts;
stores nothing.

Written independently of the gateway's intake: only the codecs of the wire are shared.
"""

from __future__ import annotations

from typing import Protocol

from lxml import etree

from customs_sim.wire.filing import (
    RESEND,
    Attached,
    Filing,
    Head,
    Opened,
    Reported,
    Resend,
    Unfit,
    Unreadable,
    clean,
)
from schemas.attachment import decode_attachment
from schemas.catalogue import MessageType, catalogue
from schemas.dxp import DxpMsg, canonical, decode_dxp, decode_reps
from schemas.explain import Explained, Explainer
from schemas.filing import parts_in, parts_of, without_old_nil
from schemas.findings import Refused, shown
from schemas.package import (
    WHOLE,
    Envelope,
    Package,
    Pocket,
    children_of,
    open_package,
    rows_of,
    texts,
)
from schemas.plain import PlainReader
from schemas.receipts import decode_resend
from schemas.xml import Limits, XmlReader
from schemas.xsd import Field

MALFORMED, UNSCHEMATIC, WRONG_RECEIVER = "0001", "0002", "2002"
"""Codes of a DxpRep (``docs/wire.md`` 1.2)."""


class Schemas(Explained, Protocol):
    """What customs needs of the schema set (``schemas.xsd``)."""

    def fields(self, name: str, parent: str) -> tuple[Field, ...]:
        """Return the elements of ``parent`` in the schema ``name``."""
        ...

    def has(self, name: str) -> bool:
        """Return whether there is a schema ``name``."""
        ...


class FilingReader:
    """Reads what the e-port sends. One per process; usable from any thread. ``size``: the most
    bytes of a message."""

    def __init__(self, schemas: Schemas, node_id: str, size: int = 4 * 1024 * 1024) -> None:
        self._schemas, self._node = schemas, node_id
        self._explainer = Explainer(schemas)
        self._reader, self._plain = XmlReader(Limits(size=size)), PlainReader(schemas, size)

    def open(self, message: bytes) -> Opened:
        """Open a DxpMsg, or a DxpRep. Never raise for bad input."""
        transport = canonical(message)
        if (
            transport is not None
            and self._node in transport.receiver_ids
            and len(transport.cop_msg_id) <= 255
            and 1 <= len(transport.sender_id) <= 16
        ):
            return self._plain_filing(transport) or self._document(transport, transport)
        try:
            root = self._reader.read(message).root
        except Refused as refused:
            return _unreadable(None, MALFORMED, *_plain(refused))
        if root.tag == "DxpRep" and (reports := [r for r in decode_reps(root) if r.original]):
            return Reported(reports=tuple(reports))
        address = _address(root)
        if address is None:
            wanted = "TransInfo/CopMsgId (1-255) 和 SenderId (1-16)"
            wanted_en = "TransInfo/CopMsgId (1-255) and SenderId (1-16)"
            return Unreadable(
                transport=None,
                code=UNSCHEMATIC,
                reason=f"不是可识别的 DxpMsg: 根元素 {root.tag}, 应有 {wanted}",
                reason_en=f"no DxpMsg: root element {root.tag}, wanted {wanted_en}",
            )
        if self._node not in address.receiver_ids:
            receivers = ", ".join(address.receiver_ids)
            return Unreadable(
                transport=address,
                code=WRONG_RECEIVER,
                reason=clean(f"接收方 ReceiverId 为 {receivers or '空'}, 应为 {self._node}")[:1000],
                reason_en=clean(f"receiver {receivers or '(none)'}, wanted {self._node}")[:1000],
            )
        try:
            transport = decode_dxp(root)
        except Refused as refused:
            return _unreadable(address, MALFORMED, *_plain(refused))
        return self._document(transport, address)

    def document(self, message: bytes, name: str) -> dict[str, str]:
        """Return the elements of the body ``name`` in a message that customs itself sent. Raise
        ValueError when there is no such body."""
        sent = canonical(message)
        if sent is None:
            raise ValueError("not a message as customs writes it")
        body = open_package(self._reader.read(sent.data)).business[0].find(name)
        if body is None:
            raise ValueError(f"no {name} in it")
        return texts(body)

    def business(self, message: bytes) -> etree._Element | None:
        """Return BussinessData of a message that was opened before, in local names; None when it
        cannot be read."""
        sent = canonical(message)
        try:
            data = (
                sent.data if sent is not None else decode_dxp(self._reader.read(message).root).data
            )
            return open_package(self._reader.read(data)).business
        except Refused:
            return None

    def parcel(self, message: bytes) -> tuple[DxpMsg | None, Package | None]:
        """Return transport and package of any archived message, as far as they can be read. Never
        raise for bad input."""
        transport = canonical(message)
        try:
            if transport is None:
                transport = decode_dxp(self._reader.read(message).root)
            return transport, open_package(self._reader.read(transport.data))
        except Refused:
            return transport, None

    def _plain_filing(self, transport: DxpMsg) -> Filing | None:
        """Return the sound filing that most messages are, at a quarter of the cost; None: look
        closer."""
        kind = catalogue().filing(transport.message_type)
        plain = (
            self._plain.read(transport.message_type, transport.data) if kind is not None else None
        )
        if kind is None or plain is None or plain.business["DelcareFlag"] != "1":
            return None
        holder = plain.business["GrtMessage"]
        fields, parts = holder[kind.body][0], parts_in(holder)
        head = _head(
            transport,
            plain.envelope,
            Pocket(pocket_id=plain.pocket_id) if plain.pocket_id else WHOLE,
            fields.get("etpsPreentNo", ""),
            holder.get("SeqNo", ""),
        )
        return Filing(
            head=head,
            kind=kind,
            operator=holder["OperCusRegCode"],
            body=kind.read(fields, parts),
            parts=parts,
        )

    def _document(self, transport: DxpMsg, address: DxpMsg) -> Opened:
        try:
            document = self._reader.read(transport.data)
        except Refused as refused:
            return _unreadable(address, MALFORMED, *_plain(refused))
        try:
            package = open_package(document)
        except Refused as refused:
            return _unreadable(address, UNSCHEMATIC, *_plain(refused))
        message_type = package.envelope.message_type
        kind = catalogue().filing(message_type)
        if kind is None and message_type != RESEND:
            return Unreadable(
                transport=address,
                code=UNSCHEMATIC,
                reason=(
                    f"报文类型 message_type 为“{shown(message_type)}”, 海关受理"
                    f" {', '.join((*catalogue().filings, RESEND))}"
                ),
                reason_en=(
                    f"message type {shown(message_type)}; customs takes"
                    f" {', '.join((*catalogue().filings, RESEND))}"
                ),
            )
        # One pass for the usual message; only one that fails it is asked what is wrong, envelope or
        # content.
        sound = self._schemas.valid_message(message_type, document.root) or (
            without_old_nil(package.business)
            and self._schemas.valid_message(message_type, document.root)
        )
        if not sound and not self._schemas.valid("package", document.root):
            return _unreadable(address, UNSCHEMATIC, *self._why("package", document.root))
        if kind is None:
            return self._resend(transport, package, address)
        pocket = package.pocket
        if pocket.total != 1 or pocket.number != 1 or pocket.unstructured:
            return self._pocket(transport, package, kind)
        return self._content(transport, package, kind, sound=sound)

    def _resend(self, transport: DxpMsg, package: Package, address: DxpMsg) -> Resend | Unreadable:
        business = package.business
        wanted = (
            decode_resend(rows_of(business[0])) if self._schemas.valid(RESEND, business) else None
        )
        if wanted is None:
            return _unreadable(address, UNSCHEMATIC, *self._why(RESEND, business))
        return Resend(
            wanted=wanted,
            head=_head(transport, package.envelope, package.pocket, wanted.reference, ""),
        )

    def _pocket(
        self, transport: DxpMsg, package: Package, kind: MessageType
    ) -> Filing | Attached | Unfit:
        """Return one of several pockets."""
        pocket, business = package.pocket, package.business
        head = _head(transport, package.envelope, package.pocket, "", "")
        reason = ""
        if pocket.total > 1 and not pocket.pocket_id.strip():
            reason = "分包报文的 pocket_id 为空"
        elif not 1 <= pocket.number <= pocket.total or pocket.total == 1:
            reason = f"子报文序号 {pocket.number} / {pocket.total} 不正确"
        elif pocket.unstructured and not self._schemas.valid("UNSTRUCTURED", business):
            reason, _ = self._why("UNSTRUCTURED", business)
        if reason:
            return Unfit(head=head, enterprise="", reason=reason)
        if not pocket.unstructured:
            return self._content(
                transport,
                package,
                kind,
                sound=self._schemas.valid(package.envelope.message_type, business),
            )
        attachment = decode_attachment(business)
        if not attachment.is_whole:
            return Unfit(
                head=head,
                enterprise=attachment.owner[:10],
                reason=f"附件 {shown(attachment.name)} 的大小或摘要与内容不符",
            )
        return Attached(head=head, attachment=attachment)

    def _content(
        self, transport: DxpMsg, package: Package, kind: MessageType, *, sound: bool
    ) -> Filing | Unfit:
        """Return the filing in a package. ``sound``: whether the content passed its schema."""
        business = package.business
        message_type = package.envelope.message_type
        own = children_of(business)
        holder, flag = own.get("GrtMessage"), own.get("DelcareFlag")
        inside = {} if holder is None else children_of(holder)
        element, operator = inside.get(kind.body), inside.get("OperCusRegCode")
        fields = {} if element is None else texts(element)
        numbered = inside.get("SeqNo")
        head = _head(
            transport,
            package.envelope,
            package.pocket,
            fields.get("etpsPreentNo", ""),
            "" if numbered is None else numbered.text or "",
        )
        reason = ""
        if not sound:
            reason, _ = self._why(message_type, business)
        elif flag is None or flag.text != "1":
            reason = "暂存的报文不应发往海关 (DelcareFlag 申报标志: 填报“0”, 应为 1)"
        if reason or element is None or holder is None:
            return Unfit(head=head, enterprise=fields.get("assuredEtpsno", "")[:10], reason=reason)
        parts = parts_of(holder)
        return Filing(
            head=head,
            kind=kind,
            operator="" if operator is None else operator.text or "",
            body=kind.read(fields, parts),
            parts=parts,
        )

    def _why(self, name: str, element: etree._Element) -> tuple[str, str]:
        told = self._explainer.explain(name, element)[:5]
        zh = f"报文不符合 {name} 规范: " + "; ".join(f.message_zh for f in told)
        en = f"not as {name} wants it: " + "; ".join(f.message_en for f in told)
        return clean(zh)[:1000], clean(en)[:1000]


def _head(
    transport: DxpMsg, envelope: Envelope, pocket: Pocket, reference: str, seq_no: str
) -> Head:
    """Return the head of a filing. ``seq_no`` is that of the document; the e-port's own key comes
    first."""
    return Head(
        sender=transport.sender_id,
        cop_msg_id=transport.cop_msg_id,
        seq_no=(transport.keys.get("SeqNo") or seq_no).strip()[:64],
        gateway_msg_id=transport.keys.get("GatewayMsgId") or transport.cop_msg_id,
        enterprise_ref=reference[:64],
        message_type=envelope.message_type,
        enterprise_node=envelope.sender_id,
        envelope_id=envelope.message_id[:255],
        pocket=pocket,
    )


def _address(root: etree._Element) -> DxpMsg | None:
    """Return TransInfo alone, so that even a message with broken Data gets an answer; None when
    there is no usable address."""
    info = root.find("TransInfo") if root.tag == "DxpMsg" else None
    if info is None:
        return None
    message_id, sender = info.findtext("CopMsgId") or "", info.findtext("SenderId") or ""
    if not 1 <= len(message_id) <= 255 or not 1 <= len(sender) <= 16:
        return None
    return DxpMsg(
        cop_msg_id=message_id,
        sender_id=sender,
        data=b"",
        message_type=(info.findtext("MsgType") or "")[:30],
        receiver_ids=tuple(r.text or "" for r in info.iterfind("ReceiverIds/ReceiverId"))[:5],
        created_at=info.findtext("CreatTime") or "",
    )


def _plain(refused: Refused) -> tuple[str, str]:
    return (
        clean("; ".join(f"{f.code} {f.message_zh}" for f in refused.findings))[:1000],
        clean("; ".join(f"{f.code} {f.message_en}" for f in refused.findings))[:1000],
    )


def _unreadable(transport: DxpMsg | None, code: str, zh: str, en: str) -> Unreadable:
    return Unreadable(transport=transport, code=code, reason=zh, reason_en=en)
