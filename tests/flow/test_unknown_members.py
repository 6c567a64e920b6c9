"""A member of a JSON body that no call knows is refused by both APIs, and the one that was probably
meant is named. The calls are those of the tables, so a new one is tried by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import msgspec.inspect
import pytest

from customs_sim.cli.app import CALLS
from gateway.api.app import routes
from tests.conftest import Api

GATEWAY = [("gateway", r.method, r.path, r.body_shape) for r in routes() if r.body_shape]
CONTROL = [("control", c.method, c.path, c.body) for c in CALLS if c.body]
TAKING = [*GATEWAY, *CONTROL]


def structs(shape: Any) -> Iterator[msgspec.inspect.StructType]:
    """Every object that stands in a body of this shape."""
    waiting, seen = [msgspec.inspect.type_info(shape)], set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, msgspec.inspect.StructType) and each.cls not in seen:
            seen.add(each.cls)
            yield each
            waiting += [field.type for field in each.fields]
        elif isinstance(each, msgspec.inspect.UnionType):
            waiting += each.types
        elif isinstance(each, msgspec.inspect.ListType | msgspec.inspect.VarTupleType):
            waiting.append(each.item_type)


def test_no_object_in_a_body_takes_a_member_that_nobody_knows() -> None:
    assert len(TAKING) > 15
    lax = {
        each.cls.__name__
        for *_, shape in TAKING
        for each in structs(shape)
        if not each.forbid_unknown_fields
    }
    assert lax == set()


async def test_every_call_names_the_member_that_was_meant(api: Api) -> None:
    for side, method, path, shape in TAKING:
        known = next(structs(shape)).fields[-1].encode_name
        wrong = f"{known}x" if len(known) > 3 else f"{known}_"
        if path.startswith("/scenario"):  # the body may be the script itself, with its own words
            known, wrong = "rules", "rulez"
        path = path.replace("{no}", "X").replace("{code}", api.enterprise)
        body = {wrong: ""}
        answer = (
            await api.control(method, path, body)
            if side == "control"
            else await api.call(
                method, path, body=msgspec.json.encode(body), Content_Type="application/json"
            )
        )
        assert answer.status in (400, 422), (method, path, answer.status, answer.body)
        said = " ".join(f["message_en"] + (f["hint_en"] or "") for f in answer.findings)
        assert f"did you mean {known}" in said, (method, path, said)
        assert wrong in said, (method, path, said)


@pytest.mark.parametrize(
    ("body", "meant"),
    [({"items": [{"seq_no": "1", "reslut": "approve"}]}, "result"), ({"itmes": []}, "items")],
)
async def test_so_does_an_item_of_a_list(api: Api, body: dict[str, Any], meant: str) -> None:
    (finding,) = (await api.control("POST", "/decisions", body)).findings
    assert f"did you mean {meant}?" in finding["message_en"]
