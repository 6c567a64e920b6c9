"""A form that was open while the server was restarted: it is sent, once, as if nothing had been."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import BEIJING, client, pair_at
from tests.flow.portal.test_portal_forms import LETTER, filled, number_in
from tests.flow.portal.visitor import person


@pytest.mark.slow
async def test_a_form_outlives_a_restart_in_the_middle_of_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with pair_at(home) as pair:
        ready = pair.ready
    port = int(ready.gateway.rpartition(":")[2])
    async with person(ready) as visitor:
        async with pair_at(home, port=port):
            await visitor.log_in(ready.keys[BEIJING])
            page = await visitor.go("/portal/guarantees/new")
        async with pair_at(home, port=port) as pair:
            form = filled(page, act="declare", etpsPreentNo="P-RESTART", **LETTER)
            asked = await visitor.send(page.path, **form)
            assert 'data-screen="declare"' in asked.text
            first = await visitor.send(page.path, **filled(asked, act="declare"))
            number = number_in(first)
            async with client(pair.ready) as api:
                await api.until(number, "approved")
        async with pair_at(home, port=port) as pair:
            again = await visitor.send(page.path, **filled(asked, act="declare"))
            assert number_in(again) == number
            assert "已申报" in again.text
            async with client(pair.ready) as api:
                assert (await api.get("/guarantees")).json["total"] == 1
