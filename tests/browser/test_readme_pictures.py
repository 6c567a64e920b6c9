"""The pictures of the READMEs are made from the running product, all of them, and are shown."""

from __future__ import annotations

import asyncio
import re
import struct
from pathlib import Path

import pytest

from docs.pictures import FOLDER, SIZE, draw, names
from tests.browser.conftest import program

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_every_picture_is_drawn_from_the_running_product(tmp_path: Path) -> None:
    asyncio.run(draw(tmp_path, program()))
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(names())
    for each in tmp_path.iterdir():
        content = each.read_bytes()
        assert struct.unpack(">II", content[16:24]) == (SIZE["width"], SIZE["height"]), each.name
        assert len(content) > 20_000, f"{each.name} is all but empty"


@pytest.mark.parametrize(("page", "chinese"), [("README.md", False), ("README.zh-CN.md", True)])
def test_a_readme_shows_the_pictures_of_its_language(page: str, chinese: bool) -> None:
    shown = re.findall(r"\(docs/pictures/([\w.-]+\.png)\)", (ROOT / page).read_text("utf-8"))
    assert sorted(shown) == sorted(name for name in names() if (".zh-CN." in name) is chinese)
    assert sorted(each.name for each in FOLDER.iterdir()) == sorted(names())
