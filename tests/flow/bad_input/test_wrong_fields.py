"""Wrong input over HTTP, in each of the 36 fields of a GRT101: its own finding, a 4xx, nothing
stored but the refusal. One house serves the whole file."""

from __future__ import annotations

from importlib import resources

import pytest
from lxml import etree

from tests.conftest import BEIJING
from tests.factories import grt101
from tests.flow.bad_input.house import FIELDS, NUMBERS, House, errors, lines

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timed]


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    """The XSD itself, beside all code of ours."""
    return etree.XMLSchema(
        file=str(resources.files("schemas").joinpath("xsd", "grt", "GRT101.xsd"))
    )


def valid(schema: etree.XMLSchema, body: bytes) -> bool:
    business = etree.fromstring(body).find(".//BussinessData")
    assert business is not None
    return bool(schema.validate(business))


@pytest.mark.parametrize("name", FIELDS)
async def test_a_field_that_is_too_long_is_one_finding(house: House, name: str) -> None:
    answer = await house.refused(grt101(**{"ltguaNo": "BH-1", name: "9" * 5000}), 422)
    [(code, where)] = errors(answer)
    assert where == name
    assert code in ("XSD.03", "XSD.04", "X.09")


@pytest.mark.parametrize("name", FIELDS)
async def test_a_field_that_is_missing_is_one_finding(
    house: House, schema: etree.XMLSchema, name: str
) -> None:
    text, at = lines(1)
    del text[at[name]]
    body = "".join(text).encode()
    assert not valid(schema, body)
    answer = await house.refused(body, 422)
    [(code, where)] = errors(answer)
    assert where == name
    assert code == RULED.get(name, "XSD.01")
    if name not in RULED:
        assert abs(answer.findings[0]["line"] - at[name]) <= 1


RULED = {
    "dclTypecd": "S101.01",
    "gurModecd": "S101.02",
    "masterCuscd": "S101.04",
    "gasrAmt": "S101.07",
    "ltguaNo": "S101.08",
    "ltguaValidDate": "S101.09",
    "pmnEtpsNm": "S101.10",
}
"""Fields of a filing by letter whose own rule says better than the schema that they are wanted
(``docs/rules.md`` 2.5)."""


@pytest.mark.parametrize("name", FIELDS)
async def test_a_field_that_is_empty_is_a_finding_only_where_it_is_required(
    house: House, schema: etree.XMLSchema, name: str
) -> None:
    number = next(NUMBERS)
    body = grt101(
        **(
            {"ref": f"R{number}", "number": number, name: ""}
            if name != "etpsPreentNo"
            else {"ref": "", "number": number}
        )
    )
    if not valid(schema, body) or name in RULED:
        [(code, where)] = errors(await house.refused(body, 422))
        assert where == name
        assert (
            code == RULED[name] if name in RULED else code in ("XSD.02", "XSD.03", "XSD.04", "X.09")
        )
    else:
        await house.accepted(body)


@pytest.mark.parametrize("name", FIELDS)
async def test_a_field_that_stands_twice_is_one_finding(
    house: House, schema: etree.XMLSchema, name: str
) -> None:
    text, at = lines(1)
    text.insert(at[name], text[at[name]])
    body = "".join(text).encode()
    assert not valid(schema, body)
    answer = await house.refused(body, 422)
    assert errors(answer) == [("XSD.05", name)]
    assert answer.findings[0]["line"] == at[name] + 2


@pytest.mark.parametrize("name", FIELDS)
async def test_a_field_in_the_wrong_place_is_one_finding(
    house: House, schema: etree.XMLSchema, name: str
) -> None:
    text, at = lines(1)
    line = text.pop(at[name])
    first, last = at[FIELDS[0]], at[FIELDS[-1]]
    text.insert(last if at[name] - first < 18 else first, line)
    body = "".join(text).encode()
    assert not valid(schema, body)
    assert errors(await house.refused(body, 422)) == [("XSD.06", name)]


async def test_the_document_that_all_cases_start_from_is_sound(house: House) -> None:
    assert len(FIELDS) == 36
    number = next(NUMBERS)
    answer = await house.api.post(grt101(f"R{number}", number))
    await house.quiet()
    assert (answer.status, answer.json["warnings"], house.api.enterprise) == (202, [], BEIJING)
