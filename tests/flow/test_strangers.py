"""What strangers send to either port: numbers, texts, headers and bytes that no reader expects. The
answer is a problem of 4xx that says what is wrong, never a 5xx and never a traceback in the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from urllib.parse import quote, urlsplit

import aiohttp
import pytest
import pytest_asyncio

from fixtures.kit.pair.pair import Pair
from tests.conftest import BEIJING, Api, client
from tests.support.pairs import STORES, pair_on
from tests.support.sockets import body_of, head, raw, tracebacks

pytestmark = pytest.mark.asyncio(loop_scope="module")
PROBLEM = "application/problem+json"
V1, CONTROL = "/api/v1", "/control/v1"
LISTS = ("declarations", "guarantees", "levies", "refunds", "guarantees.csv", "levies.xlsx")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=STORES)
async def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Pair, Api]]:
    folder = tmp_path_factory.mktemp("strangers")
    async with pair_on(request.param, folder) as pair, client(pair.ready) as api:
        yield pair, api


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def sound(answer: bytes, log: pytest.LogCaptureFixture) -> None:
    """A problem of 4xx, and no record with a traceback."""
    assert tracebacks(log) == []
    status = int(answer.split(b" ", 2)[1])
    assert 400 <= status < 500, answer[:300]
    assert PROBLEM.encode() in answer.partition(b"\r\n\r\n")[0], answer[:400]
    assert b'"findings":[{' in answer or status == 401, answer[:600]


MALFORMED = {
    "no request line": b"hello\r\n\r\n",
    "another version": b"GET /livez HTTP/9.9\r\n\r\n",
    "a header without a colon": b"GET /livez HTTP/1.1\r\nHost: x\r\nnothing\r\n\r\n",
    "a header with NUL": b"GET /livez HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n",
    "an empty name": b"GET /livez HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n",
    "a blank before the colon": b"GET /livez HTTP/1.1\r\nHost : x\r\n\r\n",
    "two lengths": b"POST /x HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
    "a length that is none": b"POST /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "a huge length": b"POST /x HTTP/1.1\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\n",
    "a huge header": b"GET /livez HTTP/1.1\r\nA: " + b"a" * 20_000 + b"\r\n\r\n",
    "a huge address": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
    "thousands of headers": b"GET /livez HTTP/1.1\r\n" + b"A: b\r\n" * 5_000 + b"\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 40 + b"\r\n\r\n",
}


@pytest.mark.parametrize("side", ["gateway", "control"])
@pytest.mark.parametrize("case", MALFORMED)
async def test_what_is_no_http_is_a_problem_and_one_line(
    shared: tuple[Pair, Api], case: str, side: str, log: pytest.LogCaptureFixture
) -> None:
    answer = await raw(getattr(shared[0].ready, side), MALFORMED[case])
    sound(answer, log)
    assert sum("malformed request" in r.getMessage() for r in log.records) == 1


HEADERS = {
    "a key of other bytes": b"Authorization: Bearer \xff",
    "a key of a half pair": b"Authorization: Bearer \xed\xa0\x80",
}


@pytest.mark.parametrize("case", HEADERS)
@pytest.mark.parametrize("side", ["gateway", "control"])
async def test_a_key_that_is_no_text_is_no_key(
    shared: tuple[Pair, Api], case: str, side: str, log: pytest.LogCaptureFixture
) -> None:
    path = "/api/v1/declarations" if side == "gateway" else "/control/v1/worklist"
    answer = await raw(getattr(shared[0].ready, side), head("GET", path, HEADERS[case]))
    sound(answer, log)
    assert b" 401 " in answer


ENCODED = {
    "gzip that is none": (b"gzip", b"<Package/>"),
    "deflate that is none": (b"deflate", b"\xff\xff\xff\xff"),
    "br": (b"br", b"<Package/>"),
    "zstd": (b"zstd", b"<Package/>"),
    "an unknown one": (b"rot13", b"<Package/>"),
    "gzip cut short": (b"gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03"),
    "two at once": (b"gzip, gzip", b"<Package/>"),
    "other bytes": (b"\xff", b"<Package/>"),
}
BODIES = (
    ("gateway", "/api/v1/messages", b"application/xml"),
    ("gateway", "/api/v1/messages/validate", b"application/xml"),
    ("gateway", "/api/v1/messages/batch", b"application/zip"),
    ("gateway", "/api/v1/messages/batch", b"multipart/form-data; boundary=b"),
    ("gateway", "/api/v1/receipts/ack", b"application/json"),
    ("control", "/control/v1/payments", b"application/json"),
    ("control", "/control/v1/scenario/validate", b"application/yaml"),
)


@pytest.mark.parametrize("case", ENCODED)
@pytest.mark.parametrize(("side", "path", "kind"), BODIES)
async def test_a_body_is_what_its_encoding_says(
    shared: tuple[Pair, Api],
    case: str,
    side: str,
    path: str,
    kind: bytes,
    log: pytest.LogCaptureFixture,
) -> None:
    ready = shared[0].ready
    key = ready.keys[BEIJING] if side == "gateway" else ready.operator_key
    encoding, body = ENCODED[case]
    answer = await raw(
        getattr(ready, side),
        body_of(key, path, body, b"Content-Encoding: " + encoding, b"Content-Type: " + kind),
    )
    if case == "gzip cut short" and path.endswith("messages/validate"):  # an empty message
        assert b'"SIZE.01"' in answer
        return
    sound(answer, log)


PARTS = {
    "a header without a colon": b"--b\r\nnothing\r\n\r\nx\r\n--b--\r\n",
    "thousands of headers": b"--b\r\n" + b"A: b\r\n" * 5_000 + b"\r\nx\r\n--b--\r\n",
    "a huge header": b"--b\r\nA: " + b"a" * 100_000 + b"\r\n\r\nx\r\n--b--\r\n",
    "_charset_": b'--b\r\nContent-Disposition: form-data; name="_charset_"\r\n\r\n'
    + b"x" * 50
    + b"\r\n--b--\r\n",
    "a long preamble": b"x" * 300_000,
    "a preamble of lines": b"x\r\n" * 100_000,
    "another boundary": b"--c\r\n\r\nx\r\n--c--\r\n",
    "no end": b"--b\r\n\r\nx",
    "other bytes": b"--b\r\n\xff: \xff\r\n\r\nx\r\n--b--\r\n",
    "an encoding that is none": b"--b\r\nContent-Encoding: br\r\n\r\nx\r\n--b--\r\n",
    "a transfer encoding that is none": (
        b"--b\r\nContent-Transfer-Encoding: x\r\n\r\nx\r\n--b--\r\n"
    ),
    "a length that is none": b"--b\r\nContent-Length: x\r\n\r\nx\r\n--b--\r\n",
    "parts in parts": b"--b\r\nContent-Type: multipart/mixed\r\n\r\nx\r\n--b--\r\n",
    "nothing": b"",
}
MULTIPART = (
    b"Content-Type: multipart/form-data; boundary=b",
    b"Content-Type: multipart/form-data",
    b"Content-Type: multipart/mixed; boundary=" + b"b" * 200,
    b"Content-Type: multipart/form-data; boundary=\xff",
)


@pytest.mark.parametrize("kind", MULTIPART)
@pytest.mark.parametrize("case", PARTS)
async def test_parts_that_are_none_are_refused(
    shared: tuple[Pair, Api], case: str, kind: bytes, log: pytest.LogCaptureFixture
) -> None:
    ready = shared[0].ready
    for side, path, key in (
        ("gateway", "/api/v1/messages/batch", ready.keys[BEIJING]),
        ("control", "/payments", ready.operator_key),
        ("control", "/login", ready.operator_key),
    ):
        answer = await raw(getattr(ready, side), body_of(key, path, PARTS[case], kind))
        assert tracebacks(log) == []
        status = int(answer.split(b" ", 2)[1])
        assert status < 500, (side, path, answer[:300])
        assert status >= 400 or b'"refused":1' in answer, (side, path, answer[:300])


JSON = {
    "NaN": b'{"up_to": NaN, "amount": NaN}',
    "Infinity": b'{"up_to": Infinity, "amount": Infinity}',
    "beyond the column": b'{"up_to": 9223372036854775808}',
    "minus beyond": b'{"up_to": -9223372036854775809}',
    "thousands of digits": b'{"up_to": 1' + b"0" * 5_000 + b"}",
    "a large exponent": b'{"up_to": 1e400}',
    "a fraction": b'{"up_to": 1.5}',
    "deep": b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep and open": b"[" * 200_000,
    "twice": b'{"up_to": 0, "up_to": 1}',
    "half a pair": b'{"up_to": "\\ud800"}',
    "NUL": b'{"amount": "1", "paid_at": "2026-01-01T00:00:00Z", "reference": "\\u0000"}',
    "a list": b"[]",
    "null": b"null",
    "a text": b'"x"',
    "other bytes": b"\xff\xfe",
    "empty": b"",
    "with a mark": b"\xef\xbb\xbf{}",
}


@pytest.mark.parametrize("case", JSON)
async def test_json_of_strangers_is_bounded(
    shared: tuple[Pair, Api], case: str, log: pytest.LogCaptureFixture
) -> None:
    pair, _ = shared
    ready = pair.ready
    calls = [("gateway", "POST", "/api/v1/receipts/ack", ready.keys[BEIJING])] + [
        ("control", method, CONTROL + path, ready.operator_key)
        for method, path in (
            ("POST", "/payments"),
            ("POST", "/decisions"),
            ("POST", "/levies"),
            ("POST", "/levies/x/reissue"),
            ("POST", "/business-events"),
            ("POST", "/guarantee-requests"),
            ("POST", "/refunds"),
            ("POST", "/statements"),
            ("POST", "/clock"),
            ("PUT", "/profile"),
            ("PUT", "/scenario"),
            ("PUT", "/faults"),
            ("POST", "/scenario/validate"),
            ("POST", "/expectations"),
            ("POST", "/operators"),
        )
    ]
    for side, method, path, key in calls:
        answer = await raw(
            getattr(ready, side),
            body_of(key, path, JSON[case], b"Content-Type: application/json", method=method),
        )
        assert tracebacks(log) == [], path
        status = int(answer.split(b" ", 2)[1])
        assert 400 <= status < 500 or (status < 300 and path.endswith("/faults")), (
            path,
            answer[:400],
        )


# dates and amounts


DAYS = ("0001-01-01", "9999-12-31", "1899-12-31", "0000-01-01", "2026-W01-1", "+2026-01-1")


@pytest.mark.parametrize("day", DAYS)
async def test_any_day_may_stand_in_a_filter(shared: tuple[Pair, Api], day: str) -> None:
    _, api = shared
    for name in LISTS:
        for parameter in ("from", "to"):
            reply = await api.get(f"/{name}", params={parameter: day})
            assert reply.status in (200, 400), (name, parameter, reply.body)
            if reply.status == 400:
                assert reply.codes == ["QUERY.01"]
    reply = await api.get("/codelists/gur_mode", params={"on": day})
    assert reply.status in (200, 400)


async def test_to_the_end_of_the_calendar_is_no_bound(shared: tuple[Pair, Api]) -> None:
    _, api = shared
    for name in LISTS:
        assert (await api.get(f"/{name}", params={"to": "9999-12-31"})).status == 200


async def post(pair: Pair, path: str, **body: object) -> tuple[int, dict[str, object]]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            pair.ready.control + CONTROL + path,
            json=body,
            headers={"Authorization": f"Bearer {pair.ready.operator_key}"},
        ) as answer,
    ):
        return answer.status, await answer.json(content_type=None)


async def get(pair: Pair, path: str) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.get(
            pair.ready.control + path,
            headers={"Authorization": f"Bearer {pair.ready.operator_key}"},
        ) as answer,
    ):
        await answer.read()
        return answer.status


MOMENTS = (
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+08:00",
    "0001-01-01T00:00:00+14:00",
    "1899-12-31T23:59:59Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-12:00",
    "1900-01-01T00:00:00+14:00",
    "9998-12-31T23:59:59-14:00",
)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_payment_of_any_day_leaves_the_lists_readable(
    shared: tuple[Pair, Api], moment: str
) -> None:
    pair, _ = shared
    status, _ = await post(pair, "/payments", amount="1.00", paid_at=moment, reference=moment)
    assert status in ((201, 409) if moment[:4] in ("1900", "9998") else (400,))
    for path in (CONTROL + "/payments", "/payments", CONTROL + "/ledger"):
        assert await get(pair, path) == 200, path


@pytest.mark.parametrize("moment", MOMENTS)
async def test_the_clock_stays_within_the_calendar(shared: tuple[Pair, Api], moment: str) -> None:
    pair, _ = shared
    for name in ("freeze", "advance"):
        status, _ = await post(pair, "/clock", **{name: moment})
        assert status in (400, 200)
    assert await get(pair, CONTROL + "/clock") == 200
    assert (await post(pair, "/clock", freeze=False))[0] == 200
    assert (await post(pair, "/clock", reset=True))[0] == 200


@pytest.mark.parametrize(
    "amount",
    ["1e3", "9" * 16, "9" * 5_000, "0." + "0" * 5_000 + "1", "-1", "NaN", "０", 1e22, 10**18],
)
async def test_an_amount_is_bounded_at_every_door(shared: tuple[Pair, Api], amount: object) -> None:
    pair, _ = shared
    assert (
        400
        <= (await post(pair, "/payments", amount=amount, paid_at="2026-11-23T00:00:00Z"))[0]
        < 500
    )
    levy = {"enterprise": BEIJING, "customs": "0100", "biz_type": "1", "biz_no": "1"}
    assert 400 <= (await post(pair, "/levies", amount=amount, oriact_no="", **levy))[0] < 500
    assert 400 <= (await post(pair, "/business-events", basis_amount=amount, **levy))[0] < 500
    assert (
        400 <= (await post(pair, "/guarantee-requests", enterprise=BEIJING, amount=amount))[0] < 500
    )
    query = f"{CONTROL}/worklist?from_amount={quote(str(amount))}"
    assert await get(pair, query) in (400, 431) or len(query) < 60


# addresses


async def test_an_unknown_parameter_is_refused_and_a_near_one_named(
    shared: tuple[Pair, Api],
) -> None:
    pair, api = shared
    for path in (*LISTS, "receipts", "parked", "codelists/gur_mode", f"enterprises/{BEIJING}"):
        reply = await api.get(f"/{path}", params={"nothing": "1"})
        assert (reply.status, reply.codes) == (400, ["QUERY.05"]), path
    reply = await api.get("/declarations", params={"lmit": "3"})
    assert "limit" in reply.findings[0]["hint_en"]
    reply = await api.get("/declarations", params={"stauts": "3"})
    assert "status" in reply.findings[0]["hint_zh"]
    reply = await api.get("/declarations?limit=3&limit=4")
    assert reply.codes == ["QUERY.06"]
    assert await get(pair, CONTROL + "/worklist?lmit=3") == 400
    assert await get(pair, CONTROL + "/worklist?limit=3&limit=3") == 400
    assert await get(pair, CONTROL + "/clock?x") == 400


@pytest.mark.parametrize("text", ["%00", "a%00b", "%ed%a0%80", "%ff", "%2e%2e", "%c0%80", "[", "%"])
async def test_an_address_may_hold_anything(
    shared: tuple[Pair, Api], text: str, log: pytest.LogCaptureFixture
) -> None:
    ready = shared[0].ready
    for side, key, paths in (
        (
            "gateway",
            ready.keys[BEIJING],
            (
                f"{V1}/messages/{text}",
                f"{V1}/messages/{text}/raw",
                f"{V1}/declarations/{text}",
                f"{V1}/declarations?q={text}",
                f"{V1}/declarations?customs={text}&enterprise_ref={text}",
                f"{V1}/declarations?cursor={text}",
                f"{V1}/enterprises/{text}",
                f"{V1}/codelists/{text}",
                f"{V1}/receipts?enterprise={text}",
                f"{V1}/{text}",
                f"{V1}/declarations?{text}",
            ),
        ),
        (
            "control",
            ready.operator_key,
            (
                f"{CONTROL}/cases/{text}",
                f"{CONTROL}/messages/{text}/raw",
                f"{CONTROL}/messages?q={text}",
                f"{CONTROL}/levies?cursor={text}",
                f"{CONTROL}/ledger?no={text}",
                f"{CONTROL}/scenarios/{text}",
                f"{CONTROL}/faults/log/{text}/meant",
                f"{CONTROL}/expectations/{text}",
                f"{CONTROL}/parked/{text}",
                f"/levies/{text}",
                f"/messages?q={text}",
                f"/{text}",
            ),
        ),
    ):
        for path in paths:
            answer = await raw(
                getattr(ready, side), head("GET", path, b"Authorization: Bearer " + key.encode())
            )
            assert tracebacks(log) == [], path
            assert int(answer.split(b" ", 2)[1]) < 500, (path, answer[:300])


NAMES = (
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Content-Type",
    "Cookie",
    "Expect",
    "Host",
    "If-Modified-Since",
    "If-None-Match",
    "Last-Event-ID",
    "Origin",
    "Range",
    "Referer",
    "Transfer-Encoding",
    "Upgrade",
    "X-Forwarded-Proto",
    "X-Request-Id",
)
VALUES = (
    b"\xff",
    b"\xed\xa0\x80",
    b"http://[",
    b';;=,"',
    b"x" * 8_000,
    b"desk=\xff" + b"a" * 30 + b"; lang=\xff",
    b'multipart/form-data; boundary="',
    b"application/xml; charset=\xff",
    b"application/x-www-form-urlencoded; charset=utf-99",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.slow
async def test_any_header_may_hold_anything(
    shared: tuple[Pair, Api], name: str, log: pytest.LogCaptureFixture
) -> None:
    ready = shared[0].ready
    for value in VALUES:
        line = name.encode() + b": " + value
        for side, key, paths in (
            ("gateway", ready.keys[BEIJING], (f"{V1}/declarations", f"{V1}/messages", "/x")),
            ("control", ready.operator_key, (f"{CONTROL}/payments", "/payments", "/login", "/x")),
        ):
            for path in paths:
                for method in ("GET", "POST"):
                    answer = await raw(
                        getattr(ready, side), body_of(key, path, b"{}", line, method=method)
                    )
                    assert tracebacks(log) == [], (method, path, value)
                    assert int(answer.split(b" ", 2)[1]) < 500, (method, path, value, answer[:200])


FORMS = (("control", "/decide"), ("control", "/control/v1/payments"), ("gateway", "/portal/login"))


@pytest.mark.parametrize(("side", "path"), FORMS)
async def test_who_hangs_up_in_the_middle_of_a_form_is_no_error_of_ours(
    shared: tuple[Pair, Api], side: str, path: str, log: pytest.LogCaptureFixture
) -> None:
    kind = b"Content-Type: application/x-www-form-urlencoded"
    ready = shared[0].ready
    key = b"Authorization: Bearer " + ready.operator_key.encode()
    place = urlsplit(getattr(ready, side))
    _, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(head("POST", path, kind, key, b"Content-Length: 1000") + b"csrf=")
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.transport.abort()
    answer = await raw(getattr(ready, side), head("GET", "/livez"))
    assert b" 200 " in answer
    assert tracebacks(log) == []
