"""A message of any type around its content, with its envelope, signature and transport."""

from __future__ import annotations

import base64
import hashlib
import re
import textwrap

from tests.factories.elements import box, closed, leaf
from tests.factories.enterprises import BEIJING, CUSTOMS_NODE, ENTERPRISES, OMITTED
from tests.factories.fields import changed

XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
SAS = "http://www.chinaport.gov.cn/sas"


def message(
    message_type: str,
    content: str,
    number: int = 1,
    *,
    business_id: str = "",
    form: str = "Signature",
    flag: str | None = "1",
    encoding: str = "UTF-8",
    namespace: str | None = None,
    enterprise: str = BEIJING,
    message_id: str | None = None,
    sender: str | None = None,
    receiver: str = CUSTOMS_NODE,
    sys_id: str | None = "B2",
    operator: str | None = None,
) -> bytes:
    """A message of any type around ``content``, the first element of BussinessData. None leaves
    flag or SysId out."""
    sender = ENTERPRISES[enterprise].dxp_id if sender is None else sender
    message_id = (
        f"{sender}{receiver}20261123100000{number:011d}" if message_id is None else message_id
    )
    unit = ENTERPRISES[enterprise].code if operator is None else operator
    package = box(
        "Package",
        box(
            "EnvelopInfo",
            leaf("version", "1.0"),
            leaf("business_id", business_id),
            leaf("message_id", message_id),
            leaf("file_name", f"{message_id}.GRT"),
            leaf("message_type", message_type),
            leaf("sender_id", sender),
            leaf("receiver_id", receiver),
            leaf("send_time", "2026-11-23T10:00:00"),
            leaf("Ic_Card", "2100040033809"),
        ),
        box(
            "DataInfo",
            box(
                "PocketInfo",
                leaf("pocket_id", ""),
                leaf("total_pocket_qty", "1"),
                leaf("cur_pocket_no", "1"),
                leaf("is_unstructured", ""),
            ),
            box(
                "BussinessData",
                closed(
                    content,
                    "" if sys_id is None else leaf("SysId", sys_id),
                    "" if unit == OMITTED else leaf("OperCusRegCode", unit),
                ),
                "" if flag is None else leaf("DelcareFlag", flag),
            ),
        ),
    )
    if form == "Package":
        return document(package, encoding, namespace, SAS)
    signature = document(signed(package), encoding, namespace, XMLDSIG)
    return (
        signature if form == "Signature" else dxp(signature, number, sender, receiver, message_type)
    )


def pocketed(body: bytes, pocket_id: str, total: int, number: int) -> bytes:
    """The same message as pocket ``number`` of ``total``."""
    for old, new in (
        (b"<pocket_id/>", b"<pocket_id>" + pocket_id.encode() + b"</pocket_id>"),
        (b"<total_pocket_qty>1<", b"<total_pocket_qty>%d<" % total),
        (b"<cur_pocket_no>1<", b"<cur_pocket_no>%d<" % number),
    ):
        assert body.count(old) == 1
        body = body.replace(old, new)
    return body


def attachment(
    content: bytes,
    pocket_id: str,
    total: int,
    number: int,
    message_number: int,
    *,
    message_type: str = "GRT101",
    enterprise: str = BEIJING,
    **changes: str,
) -> bytes:
    """A file as pocket ``number`` of ``total``. ``changes``: elements that differ, for instance
    FileHash."""
    fields = {
        "UUID": f"file-{number}",
        "FileName": f"保函 {number}.pdf",
        "FileType": "pdf",
        "FileSize": str(len(content)),
        "FileHashMethod": "sha1",
        "FileHash": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        "OwnerName": ENTERPRISES[enterprise].name,
        "OwnerCode": enterprise,
        "FileData": base64.b64encode(content).decode(),
    }
    inner = "".join(
        leaf(name, value) for name, value in changed("BussinessData", changes, fields).items()
    )
    body = message(
        message_type,
        inner,
        message_number,
        flag=None,
        sys_id=None,
        operator=OMITTED,
        enterprise=enterprise,
    )
    return pocketed(body, pocket_id, total, number).replace(
        b"<is_unstructured/>", b"<is_unstructured>1</is_unstructured>"
    )


def dxp(
    data: bytes,
    number: int = 1,
    sender: str = "DXPENT0000000001",
    receiver: str = CUSTOMS_NODE,
    message_type: str = "GRT101",
) -> bytes:
    """A DxpMsg around ``data``, base64 in lines of 76."""
    lines = "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 76))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<DxpMsg xmlns="http://www.chinaport.gov.cn/dxp"'
        ' ver="1.0">\n  <TransInfo>\n   '
        f" <CopMsgId>00000000-0000-4000-8000-{number:012X}</CopMsgId>\n   "
        f" <SenderId>{sender}</SenderId>\n    <ReceiverIds>\n     "
        f" <ReceiverId>{receiver}</ReceiverId>\n    </ReceiverIds>\n   "
        f" <CreatTime>2026-11-23T10:00:00</CreatTime>\n    <MsgType>{message_type}</MsgType>\n "
        f" </TransInfo>\n  <Data>\n{lines}\n  </Data>\n</DxpMsg>\n"
    ).encode()


def signed(package: str) -> str:
    def method(name: str, algorithm: str) -> str:
        return f'<{name} Algorithm="{algorithm}"/>'

    return box(
        "Signature",
        box(
            "SignedInfo",
            method("CanonicalizationMethod", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
            method("SignatureMethod", f"{XMLDSIG}rsa-sha1"),
            box(
                "Reference",
                method("DigestMethod", f"{XMLDSIG}sha1"),
                leaf("DigestValue", ""),
                attributes=' URI="String"',
            ),
        ),
        leaf("SignatureValue", ""),
        box("KeyInfo", leaf("KeyName", "03000000000cde6f")),
        box("Object", package, attributes=' Id="String"'),
    )


def document(element: str, encoding: str, namespace: str | None, uri: str) -> bytes:
    root = element[1:].partition("\n")[0].rstrip(">")
    if namespace == "default":
        element = element.replace(f"<{root}>", f'<{root} xmlns="{uri}">', 1)
    elif namespace == "prefixed":
        element = re.sub(
            r"<(/?)(?=[A-Za-z])",
            r"<\1m:",
            element.replace(f"<{root}>", f'<{root} xmlns:m="{uri}">', 1),
        )
    label = "UTF-8" if encoding == "UTF-8-SIG" else encoding
    return f'<?xml version="1.0" encoding="{label}"?>\n{element}\n'.encode(encoding)
