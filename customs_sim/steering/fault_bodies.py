"""How a fault deforms one answer: functions from the message that should go out to the bytes that
do. Pure. Knows no rule and no store.

Every function takes an answer as customs writes it (``schemas.dxp.canonical``), and returns None
for one that cannot be deformed so: it has no such element.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from customs_sim.wire.intranet import in_signature
from schemas.dxp import DxpMsg, DxpRep, encode_dxp, encode_rep
from schemas.package import escape
from schemas.times import from_wire, local, to_wire

SAS = "http://www.chinaport.gov.cn/sas"
BOM = b"\xef\xbb\xbf"
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
STRANGER = "00000000-0000-4000-8000-00000000DEAD"
"""A GatewayMsgId that no gateway made."""
NOBODY = "209900000000000001"
"""A SeqNo that is not given out in this century."""

Deform = Callable[[DxpMsg], bytes | None]


def value_of(data: bytes, name: str) -> str | None:
    """Return the text of the first element ``name``; None when there is no such element."""
    tag = name.encode()
    match = re.search(rb"<%b>([^<]*)</%b>|<%b/>" % (tag, tag, tag), data)
    return None if match is None else (match.group(1) or b"").decode()


def put(data: bytes, name: str, text: str) -> bytes | None:
    """Return ``data`` with ``text`` in the first element ``name``: that of the content, else that
    of the envelope."""
    tag, value = name.encode(), escape(text).encode()
    head, mark, content = data.partition(b"<BussinessData>")
    for before, part, after in ((head + mark, content, b""), (b"", head, mark + content)):
        made, count = re.subn(
            rb"<%b>[^<]*</%b>|<%b/>" % (tag, tag, tag),
            lambda _: b"<%b>%b</%b>" % (tag, value, tag),
            part,
            count=1,
        )
        if count:
            return before + made + after
    return None


def changed(sent: DxpMsg, **values: str) -> DxpMsg | None:
    """Return the same message with other values in these elements of its package."""
    data: bytes | None = sent.data
    for name, text in values.items():
        data = None if data is None else put(data, name, text)
    return None if data is None else replace(sent, data=data)


def _encoded(sent: DxpMsg | None) -> bytes | None:
    return None if sent is None else encode_dxp(sent)


# the transport


def cut(sent: DxpMsg) -> bytes:
    """Cut the package after two thirds; the address is whole."""
    return encode_dxp(
        replace(sent, data=sent.data[: len(sent.data) * 2 // 3].decode("utf-8", "ignore").encode())
    )


def cut_transport(sent: DxpMsg) -> bytes:
    """Cut the DxpMsg itself after two thirds."""
    whole = encode_dxp(sent)
    return whole[: len(whole) * 2 // 3]


def without_keys(sent: DxpMsg) -> bytes:
    """Leave out every BizKey: the SeqNo stands in etpsPreentNo alone."""
    return encode_dxp(replace(sent, keys={}))


def without_seq_no(sent: DxpMsg) -> bytes:
    """Leave the key SeqNo out."""
    return encode_dxp(replace(sent, keys={k: v for k, v in sent.keys.items() if k != "SeqNo"}))


def misdirected(sent: DxpMsg) -> bytes | None:
    """Replace all three numbers by those of a filing that does not exist."""
    made = changed(sent, etpsPreentNo=NOBODY)
    return (
        None
        if made is None
        else encode_dxp(
            replace(made, keys=dict(sent.keys) | {"GatewayMsgId": STRANGER, "SeqNo": NOBODY})
        )
    )


# how it is written


def gbk(sent: DxpMsg) -> bytes:
    """Write the package as GBK under the label UTF-8 (``docs/wire.md`` 6 #17)."""
    return encode_dxp(replace(sent, data=sent.data.decode().encode("gbk", "replace")))


def bom(sent: DxpMsg) -> bytes:
    """Put a byte order mark before the package and before the DxpMsg."""
    return BOM + encode_dxp(replace(sent, data=BOM + sent.data))


def empty_namespaces(sent: DxpMsg) -> bytes:
    """Write ``xmlns=""`` on the parts of a package that has a default namespace, as some
    serialisers do."""
    data = sent.data.replace(b"<Package>", b'<Package xmlns="%b">' % SAS.encode(), 1)
    for name in (b"EnvelopInfo", b"DataInfo", b"BussinessData", b"HdeApprResult", b"MsgReceResult"):
        data = data.replace(b"<%b>" % name, b'<%b xmlns="">' % name)
    return encode_dxp(replace(sent, data=data))


def default_namespace(sent: DxpMsg) -> bytes:
    """Put the package into a default namespace."""
    return encode_dxp(
        replace(
            sent, data=sent.data.replace(b"<Package>", b'<Package xmlns="%b">' % SAS.encode(), 1)
        )
    )


def prefixed(sent: DxpMsg) -> bytes:
    """Put a prefix before every element."""
    data = re.sub(rb"<(/?)([A-Za-z])", rb"<\1sas:\2", sent.data)
    return encode_dxp(
        replace(
            sent,
            data=data.replace(b"<sas:Package>", b'<sas:Package xmlns:sas="%b">' % SAS.encode(), 1),
        )
    )


def intranet(sent: DxpMsg) -> bytes:
    """Write the 内网 dialect (``docs/wire.md`` 2.1): a Signature around it, all in the xmldsig
    namespace, version 1.0.0."""
    return encode_dxp(in_signature(sent))


# what it says


def date_only(sent: DxpMsg) -> bytes | None:
    """Cut the time off manageDate."""
    day = (value_of(sent.data, "manageDate") or "")[:10]
    return _encoded(changed(sent, manageDate=day)) if day else None


def without_result(sent: DxpMsg) -> bytes:
    """Leave HdeApprResult (MsgReceResult) out, which the official schema allows."""
    data = re.sub(
        rb"<(HdeApprResult|MsgReceResult)>.*?</\1>", b"", sent.data, count=1, flags=re.DOTALL
    )
    return encode_dxp(replace(sent, data=data))


def many_notes(sent: DxpMsg, count: int) -> bytes | None:
    """Put CheckInfo ``count`` times behind the result."""
    notes = "".join(
        f"<CheckInfo><note>第 {n} 条说明</note></CheckInfo>" for n in range(1, count + 1)
    ).encode()
    data, done = re.subn(
        rb"</HdeApprResult>", lambda _: b"</HdeApprResult>" + notes, sent.data, count=1
    )
    return encode_dxp(replace(sent, data=data)) if done else None


def longest_notes(sent: DxpMsg) -> bytes | None:
    """Make rmk as long as it may be: 4000 characters in MsgReceResult, 255 in HdeApprResult, there
    with a note of 255."""
    if b"<MsgReceResult>" in sent.data:
        return _encoded(changed(sent, rmk="注" * 4000))
    made = changed(sent, rmk="注" * 255)
    if made is None:
        return None
    note = b"</HdeApprResult><CheckInfo><note>" + ("说" * 255).encode() + b"</note></CheckInfo>"
    return encode_dxp(replace(made, data=made.data.replace(b"</HdeApprResult>", note, 1)))


def decimal_amount(sent: DxpMsg) -> bytes | None:
    """Give gasrAmt decimals, though it is a whole number (``docs/wire.md`` 0.1)."""
    amount = value_of(sent.data, "gasrAmt")
    return _encoded(changed(sent, gasrAmt=f"{amount}.125")) if amount else None


def unknown_type(sent: DxpMsg) -> bytes | None:
    """Name a message type that does not exist."""
    made = changed(sent, message_type="GRT299")
    return None if made is None else encode_dxp(replace(made, message_type="GRT299"))


# another document in its place


def platform(sent: DxpMsg, code: str, info: str, at: int) -> bytes:
    """Return a DxpRep about the message that was to be answered; where no attempt is named, about
    the answer itself."""
    asked = replace(
        sent,
        cop_msg_id=sent.keys.get("GatewayMsgId", sent.cop_msg_id),
        sender_id=sent.receiver_ids[0],
        receiver_ids=(sent.sender_id,),
    )
    notice = local(at).replace(microsecond=0)
    return encode_rep(
        DxpRep(receiver_id=sent.receiver_ids[0], code=code, info=info, original=asked.cop_msg_id),
        asked,
        notice,
    )


def client_failure(_: DxpMsg) -> bytes:
    """Return ``Root``, the failure of the client or its card reader, without any business key
    (``docs/wire.md`` 2.7)."""
    return (
        DECLARATION
        + (
            "<Root><resultFlag><Type>1</Type><Value>11</Value></resultFlag><failCode"
            ' version="1">C134</failCode><failInfo><![CDATA[读卡器操作失败, 错误码=50200,'
            " Err:Custom50200]]></failInfo><retData/></Root>"
        ).encode()
    )


# further answers


def another(
    sent: DxpMsg, cop_msg_id: str, keys: Mapping[str, str] | None = None, **values: str
) -> bytes | None:
    """Return a further answer: the same with other values, under an id of its own."""
    addressed = (value_of(sent.data, "message_id") or "")[:-11]
    digits = int(cop_msg_id.replace("-", ""), 16) % 10**11
    data = put(sent.data, "message_id", f"{addressed}{digits:011d}")
    if data is None:
        return None
    made = changed(
        replace(sent, data=data, cop_msg_id=cop_msg_id, keys=sent.keys if keys is None else keys),
        **values,
    )
    return _encoded(made)


def bare(sent: DxpMsg) -> DxpMsg:
    """Return a GRT2x1 without notes and document: the result alone."""
    data = re.sub(
        rb"(</HdeApprResult>).*?(</GRT\d{3}></BussinessData>)",
        rb"\1\2",
        sent.data,
        count=1,
        flags=re.DOTALL,
    )
    return replace(sent, data=data)


def moved_date(sent: DxpMsg, seconds: int) -> str:
    """Return manageDate, later or earlier by ``seconds``."""
    return to_wire(from_wire(value_of(sent.data, "manageDate") or "") + seconds * 1_000_000)


def pocket(sent: DxpMsg, number: int, total: int, pocket_id: str | None) -> DxpMsg | None:
    """Return the answer as one of several pockets: the first has the result and the notes, the last
    the result and the document."""
    own = {} if pocket_id is None else {"pocket_id": pocket_id}
    made = changed(sent, **own, total_pocket_qty=str(total), cur_pocket_no=str(number))
    if made is None or b"</HdeApprResult>" not in made.data:
        return None
    if number < total:
        return replace(
            made,
            data=re.sub(
                rb"<Grt[A-Z].*(</GRT\d{3}></BussinessData>)", rb"\1", made.data, flags=re.DOTALL
            ),
        )
    return replace(
        made, data=re.sub(rb"<CheckInfo>.*?</CheckInfo>", b"", made.data, flags=re.DOTALL)
    )
