"""The XSDs of the wire: they compile in two engines, label every element, and keep the published
order."""

from __future__ import annotations

import pytest
import xmlschema

from tests.unit.schemas.xsd_samples import (
    CODELIST_DIR,
    DXP,
    FIELD,
    FILES,
    LANG,
    ORDERS,
    XS,
    XSD_DIR,
    schema,
    tree,
)


@pytest.mark.parametrize("name", FILES)
def test_every_xsd_compiles_in_lxml(name: str) -> None:
    schema(name)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.slow
def test_every_xsd_compiles_in_xmlschema(name: str) -> None:
    assert xmlschema.XMLSchema10(str(XSD_DIR / name)).built


@pytest.mark.parametrize("name", FILES)
def test_every_element_has_a_label_in_two_languages_and_a_source(name: str) -> None:
    for element in tree(name).iter(f"{XS}element"):
        if element.get("ref"):
            continue  # labelled where it is declared
        where = f"{name}:{element.sourceline} {element.get('name')}"
        labels = {
            node.get(LANG): (node.text or "").strip()
            for node in element.findall(f"{XS}annotation/{XS}documentation")
        }
        assert labels.get("zh"), where
        assert labels.get("en"), where
        fields = element.findall(f"{XS}annotation/{XS}appinfo[@source='urn:eport:field']/{FIELD}")
        assert len(fields) == 1, where
        assert fields[0].get("source") in {"seen", "inferred", "ours"}, where
        assert fields[0].get("rule-required") in {None, "yes"}, where


@pytest.mark.parametrize("name", FILES)
def test_every_code_list_named_by_an_element_is_shipped(name: str) -> None:
    named = {node.get("codelist") for node in tree(name).iter(FIELD)} - {None}

    assert named <= {path.stem for path in CODELIST_DIR.glob("*.csv")}


@pytest.mark.parametrize("name", FILES)
def test_every_may_be_empty_element_that_a_rule_can_require_is_not_required_by_the_schema(
    name: str,
) -> None:
    for element in tree(name).iter(f"{XS}element"):
        field = element.find(f"{XS}annotation/{XS}appinfo/{FIELD}")
        if field is not None and field.get("rule-required"):
            assert (element.get("type") or "").startswith("Optional"), element.get("name")


@pytest.mark.parametrize("name", FILES)
def test_only_the_transport_schemas_have_a_target_namespace(name: str) -> None:
    assert tree(name).get("targetNamespace") == (DXP if name.startswith("Dxp") else None)


@pytest.mark.parametrize("name", ORDERS)
def test_the_order_of_a_body_is_the_published_one_and_no_element_is_optional(name: str) -> None:
    elements = tree("grt/grt_types.xsd").findall(
        f"{XS}complexType[@name='{name}']/{XS}sequence/{XS}element"
    )

    assert [node.get("name") for node in elements] == ORDERS[name]
    assert [
        node.get("name") for node in elements if node.get("minOccurs") or node.get("maxOccurs")
    ] == []


@pytest.mark.parametrize("name", ["GrtRtnbkCrdwDt", "GrtRtnbkCrdwDtOut"])
def test_all_elements_of_a_refund_but_three_are_nillable(name: str) -> None:
    elements = tree("grt/grt_types.xsd").findall(
        f"{XS}complexType[@name='{name}']/{XS}sequence/{XS}element"
    )

    fixed = {node.get("name") for node in elements if node.get("nillable") != "true"}

    assert fixed == {"etpsPreentNo", "masterCuscd", "rtnbkCrdwNo"}
