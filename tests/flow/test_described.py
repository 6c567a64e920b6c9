"""Both OpenAPI documents are true: schemathesis makes requests of them, sound and unsound, and no
answer is a 5xx, has a status or a type that is not documented, or breaks its schema.

``EPORT_TEST_EXAMPLES``: requests for each operation and mode; CI makes thousands in all.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import hypothesis
import msgspec
import pytest
import pytest_asyncio
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from customs_sim.cli.app import CALLS
from fixtures.kit.pair.pair import Pair
from gateway.api.app import routes
from tests.conftest import BEIJING, Api, client
from tests.support.pairs import STORES, pair_on

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(1200)]
EXAMPLES = int(os.environ.get("EPORT_TEST_EXAMPLES", "3"))
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
GATEWAY = sorted({(route.method, "/api/v1" + route.path) for route in routes()})
CONTROL = sorted({(call.method, "/control/v1" + call.path) for call in CALLS})


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=STORES)
async def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Pair, Api]]:
    folder = tmp_path_factory.mktemp("described")
    async with pair_on(request.param, folder) as pair, client(pair.ready) as api:
        yield pair, api


@schemathesis.serializer("application/zip")
def _as_it_is(_: object, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


def tried(document: dict[str, Any], url: str, key: str, method: str, path: str) -> int:
    """Send requests of one operation; how many."""
    operation = schemathesis.openapi.from_dict(document)[path][method]
    sent = 0
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @hypothesis.settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def send(case: schemathesis.Case) -> None:
            nonlocal sent
            sent += 1
            case.call_and_validate(
                base_url=url, headers={"Authorization": f"Bearer {key}"}, checks=list(CHECKS)
            )

        try:
            send()
        except hypothesis.errors.Unsatisfiable:
            continue  # nothing unsound can be made of an operation that takes nothing
    return sent


@pytest.mark.parametrize(("method", "path"), GATEWAY)
@pytest.mark.slow
async def test_the_document_of_the_gateway_is_true(
    shared: tuple[Pair, Api], method: str, path: str
) -> None:
    ready = shared[0].ready
    document = (await shared[1].get("/openapi.json")).json
    for key in (ready.keys[BEIJING], ready.operator_key):
        assert await asyncio.to_thread(tried, document, ready.gateway, key, method, path)


@pytest.mark.parametrize(("method", "path"), CONTROL)
@pytest.mark.slow
async def test_the_document_of_customs_is_true(
    shared: tuple[Pair, Api], method: str, path: str
) -> None:
    ready = shared[0].ready
    reply = await shared[1].control("GET", "/openapi.json")
    document = msgspec.json.decode(reply.body)
    assert await asyncio.to_thread(tried, document, ready.control, ready.operator_key, method, path)
