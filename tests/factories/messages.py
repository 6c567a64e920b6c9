"""A message of each type, with defaults that pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.factories.elements import box, element, filed
from tests.factories.enterprises import BEIJING, CUSTOMS_NODE, OMITTED
from tests.factories.fields import (
    account_row,
    contact_row,
    grt101_fields,
    grt111_fields,
    grt121_fields,
    grt141_fields,
    grt151_fields,
    grt161_fields,
)
from tests.factories.wire import message


def grt101(
    ref: str = "R0001",
    number: int = 1,
    *,
    form: str = "Signature",
    flag: str = "1",
    seq_no: str | None = None,
    encoding: str = "UTF-8",
    namespace: str | None = None,
    enterprise: str = BEIJING,
    message_type: str = "GRT101",
    message_id: str | None = None,
    sender: str | None = None,
    receiver: str = CUSTOMS_NODE,
    sys_id: str = "B2",
    operator: str | None = None,
    **fields: str | None,
) -> bytes:
    """A GRT101 message, one element a line. ``form``: Signature, Package, or DxpMsg (around a
    Signature, in UTF-8).

    ``encoding`` is also the label; UTF-16 and UTF-8-SIG come with a BOM. ``namespace``: default or
    prefixed. ``fields`` as for ``grt101_fields``."""
    body = grt101_fields(enterprise=enterprise, **{"etpsPreentNo": ref} | fields)
    return message(
        message_type,
        filed("GrtGasrLevyBsc", body, {}, seq_no),
        number,
        business_id=ref,
        form=form,
        flag=flag,
        encoding=encoding,
        namespace=namespace,
        enterprise=enterprise,
        message_id=message_id,
        sender=sender,
        receiver=receiver,
        sys_id=sys_id,
        operator=operator,
    )


ENVELOPE = frozenset(
    {
        "form",
        "flag",
        "encoding",
        "namespace",
        "message_id",
        "sender",
        "receiver",
        "sys_id",
        "operator",
    }
)


def grt111(
    number: int = 1, *, enterprise: str = BEIJING, seq_no: str | None = None, **changes: str | None
) -> bytes:
    """A GRT111. ``changes``: elements as for ``grt111_fields``, and whatever of ``ENVELOPE``
    differs (``message``)."""
    body = grt111_fields(enterprise=enterprise, **apart(changes))
    return message(
        "GRT111",
        filed("GrtDpstLevyBlBsc", body, {}, seq_no),
        number,
        business_id=body.get("dpstLevyBlNo", ""),
        enterprise=enterprise,
        **envelope(changes),
    )


def grt121(
    ref: str = "T0001",
    number: int = 1,
    *,
    enterprise: str = BEIJING,
    seq_no: str | None = None,
    targets: Sequence[Mapping[str, str]] = (),
    **changes: str | None,
) -> bytes:
    """A GRT121. ``targets``: rows of ``target_row``."""
    body = grt121_fields(enterprise=enterprise, **{"etpsPreentNo": ref} | apart(changes))
    return message(
        "GRT121",
        filed("GrtRtnbkCrdwDt", body, {"GrtCrdwInDt": targets}, seq_no),
        number,
        business_id=ref,
        enterprise=enterprise,
        **envelope(changes),
    )


def grt141(number: int = 1, *, enterprise: str = BEIJING, **changes: str | None) -> bytes:
    """A GRT141 as its public shape has it: without flag, subsystem and operator, unless they are
    given."""
    head = grt141_fields(**apart(changes))
    bare: dict[str, Any] = {"flag": None, "sys_id": None, "operator": OMITTED}
    return message(
        "GRT141",
        box("GRT141", element("ReceiptDclHead", head)),
        number,
        enterprise=enterprise,
        **bare | envelope(changes),
    )


def grt151(
    ref: str = "W0001",
    number: int = 1,
    *,
    enterprise: str = BEIJING,
    seq_no: str | None = None,
    contacts: Sequence[Mapping[str, str]] | None = None,
    accounts: Sequence[Mapping[str, str]] | None = None,
    **changes: str | None,
) -> bytes:
    """A GRT151 with one contact and one account, unless others are given."""
    body = grt151_fields(enterprise=enterprise, **{"etpsPreentNo": ref} | apart(changes))
    rows = {
        "GrtEtpsConcDt": [contact_row()] if contacts is None else contacts,
        "GrtEtpsAcctDt": [account_row(enterprise=enterprise)] if accounts is None else accounts,
    }
    return message(
        "GRT151",
        filed("GrtEtpsInfoBsc", body, rows, seq_no),
        number,
        business_id=ref,
        enterprise=enterprise,
        **envelope(changes),
    )


def grt161(
    ref: str = "Z0001",
    number: int = 1,
    *,
    enterprise: str = BEIJING,
    seq_no: str | None = None,
    differences: Sequence[Mapping[str, str]] = (),
    **changes: str | None,
) -> bytes:
    """A GRT161. ``differences``: rows of ``difference_row``; with any, the result is 2 and they are
    counted."""
    told = {"reconRsltcd": "2", "diffQty": str(len(differences))} if differences else {}
    body = grt161_fields(enterprise=enterprise, **{"etpsPreentNo": ref} | told | apart(changes))
    return message(
        "GRT161",
        filed("GrtReconRsltBsc", body, {"GrtReconDiffDt": differences}, seq_no),
        number,
        business_id=ref,
        enterprise=enterprise,
        **envelope(changes),
    )


def apart(changes: Mapping[str, str | None]) -> dict[str, str | None]:
    return {name: value for name, value in changes.items() if name not in ENVELOPE}


def envelope(changes: Mapping[str, str | None]) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if name in ENVELOPE}
