"""The address and the key of the control API under test, and its problems."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from tests.customs_factories import House

KEY = "operator-key-of-this-test"
V1 = "/control/v1"
Api = tuple[TestClient[Any, Any], House]


async def problem_of(response: ClientResponse, status: int) -> dict[str, Any]:
    assert response.status == status, await response.text()
    assert response.content_type == "application/problem+json"
    body: dict[str, Any] = await response.json(content_type=None)
    assert body["status"] == status
    assert body["findings"][0]["message_zh"]
    assert body["findings"][0]["message_en"]
    return body


# what customs starts


LEVY_ORDER = {
    "enterprise": "1105910159",
    "customs": "0100",
    "amount": "120000.50",
    "biz_type": "2",
    "biz_no": "C010016A0471",
    "oriact_no": "C010016A0471",
}
