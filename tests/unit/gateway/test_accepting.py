"""What a client accepts, whichever of the offered types stands first."""

from __future__ import annotations

import pytest

from gateway.base.web.accepting import preferred

JSON, HTML = "application/json", "text/html"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("first", [JSON, HTML])
@pytest.mark.parametrize("header", ["", "*/*", JSON, HTML, BROWSER, f"{JSON};q=0.5, {HTML}"])
def test_a_named_type_is_answered_and_without_one_the_first(header: str, first: str) -> None:
    offered = (first, JSON if first == HTML else HTML)
    named = {JSON: JSON, HTML: HTML, BROWSER: HTML, f"{JSON};q=0.5, {HTML}": HTML}
    assert preferred(header, offered) == named.get(header, first)
