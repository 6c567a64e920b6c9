"""How the messages of customs are read: decisions (GRT211 … 261) and what they send of their own
accord (GRT301, 302, 303). The XML is written out here; nothing uses the codecs under test."""

import pytest
from lxml import etree

from handlers.contract import Answer, Push
from handlers.grt import grt111, grt121, grt151, grt161, pushes
from handlers.lifecycle import Event
from schemas.package import Rows, rows_of

DECISIONS = {
    "GRT211": grt111.DECISION,
    "GRT221": grt121.DECISION,
    "GRT251": grt151.DECISION,
    "GRT261": grt161.DECISION,
}
BODIES = {
    "GRT211": (
        "<GrtDpstLevyBlBsc><dpstLevyBlNo>ZS0100202600001</dpstLevyBlNo><emapvMarkcd>6</emapvMarkcd></GrtDpstLevyBlBsc>"
    ),
    "GRT221": (
        "<GrtRtnbkCrdwDt><gurNo>ZS0100202600001</gurNo></GrtRtnbkCrdwDt><GrtCrdwInDt><seqno>1</seqno></GrtCrdwInDt>"
    ),
    "GRT251": "<GrtEtpsInfoBsc><etpsPreentNo>W0001</etpsPreentNo></GrtEtpsInfoBsc>",
    "GRT261": "<GrtReconRsltBsc><stmtNo>DZ0100202600001</stmtNo></GrtReconRsltBsc>",
}
LEVY = """<GrtDpstLevyBlBsc><dpstLevyBlNo>ZS0100202600001</dpstLevyBlNo><chgTmsCnt>2</chgTmsCnt>
<assuredEtpsno>1105910159</assuredEtpsno>
<levyBlStucd>1</levyBlStucd><emapvMarkcd>5</emapvMarkcd><version>4</version></GrtDpstLevyBlBsc>"""
GUARANTEE = """<GrtGasrLevyBsc><gasrNo/><chgTmsCnt>0</chgTmsCnt><etpsPreentNo/>
<assuredEtpsno>1105910159</assuredEtpsno>
<gurStucd>0</gurStucd><emapvMarkcd>0</emapvMarkcd><version/></GrtGasrLevyBsc>"""
REFUND = """<GrtRtnbkCrdwDt xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><gurNo>ZS0100202600001</gurNo><seqno>1</seqno>
<chgTmsCnt xsi:nil="true"/><assuredEtpsno>1105910159</assuredEtpsno><emapvMarkcd>1</emapvMarkcd>
<version>1</version>
<rtnbkCrdwNo>TH0100202600001</rtnbkCrdwNo></GrtRtnbkCrdwDt><GrtCrdwInDt><seqno>1</seqno><gurNo>ZS0100202600002</gurNo></GrtCrdwInDt>"""
MOVEMENT = "<GrtMvmtDt><mvmtNo>MV{n}</mvmtNo><incrAmt>1.00</incrAmt></GrtMvmtDt>"
STATEMENT = """<GrtReconBsc><stmtNo>DZ0100202600001</stmtNo><stmtVersion>2</stmtVersion>
<assuredEtpsno>1105910159</assuredEtpsno>
<opngAmt>0.00</opngAmt></GrtReconBsc><GrtReconDt><seqno>1</seqno><mvmtNo>MV1</mvmtNo></GrtReconDt><GrtReconDt><seqno>2</seqno></GrtReconDt>"""


def content(code: str, inner: str) -> Rows:
    return rows_of(etree.fromstring(f"<{code}>{inner}</{code}>"))


def decision(
    code: str, result: str, *, body: bool = True, notes: tuple[str, ...] = ()
) -> Answer | None:
    head = (
        f"<HdeApprResult><etpsPreentNo>202600000000000001</etpsPreentNo><businessId>NO1</businessId><tmsCnt>3</tmsCnt><typecd>2</typecd><manageResult>{result}</manageResult><manageDate>2026-11-23"
        " 18:00:00</manageDate><rmk/></HdeApprResult>"
    )
    said = "".join(f"<CheckInfo><note>{note}</note></CheckInfo>" for note in notes)
    return DECISIONS[code].read(content(code, head + said + (BODIES[code] if body else "")))


@pytest.mark.parametrize("code", DECISIONS)
@pytest.mark.parametrize(
    ("result", "event"),
    [
        ("Y", Event.STORED),
        ("Z", Event.NOT_STORED),
        ("2", Event.TO_PERSON),
        ("1", Event.APPROVED),
        ("3", Event.RETURNED),
        ("7", None),
    ],
)
def test_the_result_of_every_decision_is_read_alike(
    code: str, result: str, event: Event | None
) -> None:
    answer = decision(code, result, notes=("原因一", "原因二"))

    assert answer is not None
    assert (answer.event, answer.result, answer.notes) == (event, result, ("原因一", "原因二"))
    assert (answer.reference, answer.business_no, answer.change_no) == (
        "202600000000000001",
        "NO1",
        3,
    )
    assert answer.managed_at == 1_795_428_000_000_000


@pytest.mark.parametrize("code", DECISIONS)
def test_only_an_approval_with_a_body_carries_the_document(code: str) -> None:
    carries = {
        (result, body): answer.carries_document
        for result in "1Y3"
        for body in (True, False)
        if (answer := decision(code, result, body=body)) is not None
    }

    assert [key for key, value in carries.items() if value] == [("1", True)]


@pytest.mark.parametrize("code", DECISIONS)
def test_a_decision_without_a_result_says_nothing(code: str) -> None:
    assert DECISIONS[code].read(content(code, BODIES[code])) is None


def test_a_levy_that_customs_issue_asks_the_enterprise() -> None:
    push = pushes.ASK.read(content("GRT301", LEVY))

    assert isinstance(push, Push)
    assert (push.code, push.subject, push.enterprise, push.number) == (
        "GRT301",
        "levy",
        "1105910159",
        "ZS0100202600001",
    )
    assert (push.change_no, push.version, push.mark, push.status, push.asks) == (
        2,
        4,
        "5",
        "1",
        True,
    )
    assert (push.fields["dpstLevyBlNo"], push.parts, push.movements) == ("ZS0100202600001", {}, ())


def test_a_guarantee_that_customs_ask_for_has_no_number_and_no_version_yet() -> None:
    push = pushes.ASK.read(content("GRT301", GUARANTEE))

    assert push is not None
    assert (push.subject, push.number, push.change_no, push.version, push.mark, push.status) == (
        "guarantee",
        "",
        0,
        0,
        "0",
        "0",
    )
    assert push.asks


@pytest.mark.parametrize(
    ("body", "subject", "number", "status"),
    [
        (LEVY, "levy", "ZS0100202600001", "1"),
        (GUARANTEE, "guarantee", "", "0"),
        (REFUND, "refund", "TH0100202600001", ""),
    ],
)
def test_a_synchronisation_asks_nothing_and_carries_its_movements_in_order(
    body: str, subject: str, number: str, status: str
) -> None:
    push = pushes.SYNC.read(content("GRT302", body + MOVEMENT.format(n=1) + MOVEMENT.format(n=2)))

    assert push is not None
    assert (push.code, push.subject, push.number, push.status, push.asks) == (
        "GRT302",
        subject,
        number,
        status,
        False,
    )
    assert [line["mvmtNo"] for line in push.movements] == ["MV1", "MV2"]
    assert "GrtMvmtDt" not in push.parts


def test_a_refund_brings_its_receiving_levy_and_reads_nil_as_nothing() -> None:
    push = pushes.SYNC.read(content("GRT302", REFUND))

    assert push is not None
    assert (push.change_no, push.version, push.mark) == (0, 1, "1")
    assert [row["gurNo"] for row in push.parts["GrtCrdwInDt"]] == ["ZS0100202600002"]
    assert push.fields["gurNo"] == "ZS0100202600001"


def test_a_statement_has_its_version_and_its_lines() -> None:
    push = pushes.STATEMENT.read(content("GRT303", STATEMENT))

    assert push is not None
    assert (push.code, push.subject, push.enterprise, push.number) == (
        "GRT303",
        "statement",
        "1105910159",
        "DZ0100202600001",
    )
    assert (push.change_no, push.version, push.mark, push.status, push.asks) == (
        0,
        2,
        "",
        "",
        False,
    )
    assert [line.get("mvmtNo", "") for line in push.movements] == ["MV1", ""]
    assert (push.fields["opngAmt"], push.parts) == ("0.00", {})


@pytest.mark.parametrize(
    "inner", ["", MOVEMENT.format(n=1), "<Other/>"], ids=["empty", "movements alone", "a stranger"]
)
def test_a_message_without_a_register_says_nothing(inner: str) -> None:
    reads = [
        handler.read(content(handler.code, inner))
        for handler in (pushes.ASK, pushes.SYNC, pushes.STATEMENT)
    ]

    assert reads == [None, None, None]
