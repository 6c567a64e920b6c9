"""Two languages, two files: each guide and its counterpart say the same under the same headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CHINESE = sorted(
    page
    for folder in (ROOT, ROOT / "docs")
    for page in (folder.glob("*.zh-CN.md") if folder == ROOT else folder.rglob("*.zh-CN.md"))
)
GUIDES = ("README", "CONTRIBUTING", "docs/architecture", "docs/testers", "docs/scripts",
          "docs/clock", "docs/operations/README")  # fmt: skip
RUN = re.compile(r"[\u3400-\u9fff，。、：；“”]{26,}")
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def english_of(page: Path) -> Path:
    return page.with_name(page.name.replace(".zh-CN.md", ".md"))


def headings(text: str) -> list[int]:
    """Return the level of every heading."""
    return [len(mark) for mark in re.findall(r"^(#+) ", FENCE.sub("", text), re.MULTILINE)]


def code(text: str) -> list[str]:
    """Return the fenced blocks, without what a comment says in them."""
    return [re.sub(r"(^|\s)#.*", "", block).strip() for block in FENCE.findall(text)]


def commands(text: str) -> list[str]:
    """Return the commands that stand in the text."""
    found = re.findall(r"`((?:eport|\.venv/bin/)[^`]*)`", FENCE.sub("", text))
    return sorted(set(found))


def links(text: str) -> list[str]:
    """Return the targets of links, by the name of the English page and without a section."""
    found = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    return sorted({target.replace(".zh-CN.md", ".md") for target in found})


def prose(text: str) -> Iterator[str]:
    """Yield the paragraphs of a page: no code, no table, no list of links."""
    for paragraph in FENCE.sub("", text).split("\n\n")[1:]:
        stripped = paragraph.strip()
        if stripped and not stripped.startswith(("|", "#", "- [", "[")):
            yield re.sub(r"`[^`]*`|\([^)]*\)|https?://\S+", "", stripped)


def differences(english: str, chinese: str) -> list[str]:
    """Return what the two pages do not share."""
    told = []
    for name, of in (
        ("headings", headings), ("code", code), ("commands", commands), ("links", links),
    ):  # fmt: skip
        one, other = of(english), of(chinese)
        if one != other:
            told.append(f"{name}: {[x for x in one if x not in other]} / "
                        f"{[x for x in other if x not in one]}")  # fmt: skip
    bar = [text.partition("\n")[0] for text in (english, chinese)]
    if bar[0] != bar[1] or not re.fullmatch(r"\[English\]\(.+\) \| \[简体中文\]\(.+\)", bar[0]):
        told.append("no language bar on top")
    told += [f"English page: {RUN.search(p)[0]}" for p in prose(english) if RUN.search(p)]  # type: ignore[index]
    told += [f"Chinese page: {p}" for p in prose(chinese) if not re.search("[\u3400-\u9fff]", p)]
    return told


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_both_languages_say_the_same(page: Path) -> None:
    english, chinese = (
        file.read_text(encoding="utf-8") for file in (english_of(page), page)
    )  # fmt: skip

    assert differences(english, chinese) == []


def test_every_guide_has_both_languages() -> None:
    assert {english_of(page).relative_to(ROOT).as_posix() for page in CHINESE} == {
        f"{name}.md" for name in GUIDES
    }


# the test itself

BAR = "[English](a.md) | [简体中文](a.zh-CN.md)"
ENGLISH = (
    f"{BAR}\n\n# Head\n\nSome text with `eport up` and [a link](b.md).\n\n```sh\neport up\n```\n"
)
OTHER = f"{BAR}\n\n# 标题\n\n说明 `eport up` 和 [链接](b.md)。\n\n```sh\neport up\n```\n"


def test_equal_pages_have_no_difference() -> None:
    assert differences(ENGLISH, OTHER) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("# 标题", "## 标题"), "headings"),
        (("```sh\neport up", "```sh\neport down"), "code"),
        (("`eport up` 和", "`eport keys` 和"), "commands"),
        (("(b.md)", "(c.md)"), "links"),
        ((f"{BAR}\n", "\n"), "no language bar"),
        (("说明 `eport up` 和 [链接](b.md)。", "Not said [a](b.md) `eport up`."), "Chinese page"),
    ],
)
def test_each_kind_of_difference_is_found(change: tuple[str, str], told: str) -> None:
    assert any(each.startswith(told) for each in differences(ENGLISH, OTHER.replace(*change)))


def test_a_paragraph_in_the_other_language_is_found() -> None:
    mixed = ENGLISH.replace(
        "Some text", "这一段是用中文写的一段很长很长的说明文字不应该出现在英文的页面里 text"
    )

    assert any(each.startswith("English page") for each in differences(mixed, OTHER))
