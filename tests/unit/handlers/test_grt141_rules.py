"""The rules of GRT141, the request to send receipts again: it is no filing, and it names whose
receipts only by its operator."""

from handlers.contract import Filing
from handlers.grt.grt141 import HANDLER
from tests.factories import BEIJING, SHANGHAI, context, filing, grt141_fields
from tests.support.rule_tables import AGENT, WITH_AGENT, Broken, Case, Sound


def asked(*, operator: str = "", sys_id: str = "", **fields: str | None) -> Filing:
    return filing("GRT141", grt141_fields(**fields), operator=operator, sys_id=sys_id)


BROKEN: Broken = {
    "another enterprise's receipts break X.01": (
        Case(asked(operator=SHANGHAI)),
        [("X.01", "OperCusRegCode")],
    ),
    "a declarant that nobody authorised breaks X.01": (
        Case(asked(operator=AGENT)),
        [("X.01", "OperCusRegCode")],
    ),
    "another subsystem breaks X.03": (Case(asked(sys_id="B1")), [("X.03", "SysId")]),
    "naming nothing breaks H141.01": (Case(asked(etpsPreentNo="")), [("H141.01", "businessId")]),
}

SOUND: Sound = {
    "an enterprise of the key": ("X.01", Case(asked(operator=BEIJING))),
    "the second enterprise of the key": (
        "X.01",
        Case(asked(operator=SHANGHAI), context(acts_for=(BEIJING, SHANGHAI))),
    ),
    "a declarant that an enterprise of the key authorised": (
        "X.01",
        Case(asked(operator=AGENT), context(enterprises=WITH_AGENT)),
    ),
    "no operator, as in the public shape": ("X.01", Case(asked())),
    "a key for an enterprise that is not registered": (
        "X.01",
        Case(asked(), context(acts_for=("1105999999",))),
    ),
    "the guarantee system": ("X.03", Case(asked(sys_id="B2"))),
    "a reference alone": ("H141.01", Case(asked(etpsPreentNo="R0001"))),
    "a business number alone": (
        "H141.01",
        Case(asked(businessId="ZB0100202600001", etpsPreentNo="")),
    ),
    "both": ("H141.01", Case(asked(businessId="ZB0100202600001", etpsPreentNo="R0001"))),
}


def test_a_request_is_no_filing_and_never_a_draft() -> None:
    request = asked(operator=BEIJING)

    assert (HANDLER.key(request), HANDLER.names(request), HANDLER.drafts, HANDLER.answers) == (
        "",
        (),
        False,
        (),
    )
    assert (HANDLER.enterprise(request), HANDLER.enterprise(asked())) == (BEIJING, "")
    assert (
        HANDLER.reference(request),
        HANDLER.change_no(request),
        HANDLER.facets(request).kind,
    ) == ("R0001", 0, "resend")


def test_the_body_stands_under_the_name_of_the_message() -> None:
    assert (HANDLER.code, HANDLER.holder, HANDLER.body) == ("GRT141", "GRT141", "ReceiptDclHead")
