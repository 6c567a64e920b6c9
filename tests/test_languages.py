"""Hold each guide to its counterpart in the other language: two languages, two files.

The checks take texts and tell what differs, one line each. Below them stand made-up pages, which
prove that each kind of difference is seen.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CHINESE = sorted(
    page
    for folder in (ROOT, ROOT / "docs")
    for page in (folder.glob("*.zh-CN.md") if folder == ROOT else folder.rglob("*.zh-CN.md"))
)
GUIDES = ("README", "CONTRIBUTING", "CHANGELOG", "docs/architecture", "docs/testers",
          "docs/scripts", "docs/clock", "docs/operations/README")  # fmt: skip
RUN = re.compile(r"[\u3400-\u9fff，。、：；“”]{26,}")
"""More Chinese than a term: it stands in an English page only in a table or in code."""
CJK = re.compile("[\u3400-\u9fff]")
WORD = re.compile("[A-Za-z]+")
CHINESE_SHARE = 0.4
"""Chinese characters, of those and the Latin words, in each piece of a Chinese page."""
BAR = re.compile(r"\[English\]\((\S+)\.md\) \| \[简体中文\]\(\1\.zh-CN\.md\)")
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
    return sorted({target.replace(".zh-CN.", ".") for target in found})


def prose(text: str) -> Iterator[str]:
    """Yield the paragraphs and list items of a page: no code, no table, no list of links."""
    for paragraph in FENCE.sub("", text).split("\n\n")[1:]:
        for piece in re.split(r"^(?:-|\d+\.) ", paragraph, flags=re.MULTILINE):
            stripped = piece.strip()
            if stripped and not stripped.startswith(("<!--", "|", "#", "[")):
                yield re.sub(r"`[^`]*`|\([^)]*\)|<\S+>|https?://\S+", "", stripped)


def chinese_share(piece: str) -> float:
    """Return the share of Chinese characters among those and the Latin words; 1 without either."""
    characters, words = len(CJK.findall(piece)), len(WORD.findall(piece))
    return characters / (characters + words) if characters + words else 1.0


def strays(chinese: str, counterparts: Collection[str]) -> list[str]:
    """Return the links of a Chinese page that lead to an English page which has a counterpart.

    ``counterparts``: targets, as the page writes them, of the English pages that have one. The
    language bar may name its own.
    """
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", chinese.partition("\n")[2])
    return sorted({target for target in targets if target in counterparts})


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
    if bar[0] != bar[1] or not BAR.fullmatch(bar[0]):
        told.append("no language bar on top")
    told += [f"English page: {RUN.search(p)[0]}" for p in prose(english) if RUN.search(p)]  # type: ignore[index]
    told += [f"Chinese page: {p}" for p in prose(chinese) if chinese_share(p) < CHINESE_SHARE]
    return told


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_both_languages_say_the_same(page: Path) -> None:
    english, chinese = (
        file.read_text(encoding="utf-8") for file in (english_of(page), page)
    )  # fmt: skip

    assert differences(english, chinese) == []
    assert english.startswith(f"[English]({english_of(page).name})")


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_chinese_page_leads_to_chinese_pages(page: Path) -> None:
    pairs = {english_of(each) for each in CHINESE}
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)

    counterparts = {target for target in targets if (page.parent / target).resolve() in pairs}

    assert strays(text, counterparts) == []


def test_every_guide_has_both_languages() -> None:
    assert {english_of(page).relative_to(ROOT).as_posix() for page in CHINESE} == {
        f"{name}.md" for name in GUIDES
    }


# made-up pages

TOP = "[English](README.md) | [简体中文](README.zh-CN.md)"
ENGLISH = (
    f"{TOP}\n\n# Head\n\nSome text with `eport up` and [a link](LICENSE).\n\n"
    "```sh\neport up  # to start\n```\n\n- One thing.\n- Another thing.\n"
)
OTHER = (
    f"{TOP}\n\n# 标题\n\n说明 `eport up` 和 [链接](LICENSE)。\n\n"
    "```sh\neport up  # 启动\n```\n\n- 一件事。\n- 另一件事。\n"
)


def test_equal_pages_have_no_difference() -> None:
    assert differences(ENGLISH, OTHER) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("# 标题", "## 标题"), "headings"),
        (("# 标题", "# 标题\n\n## 多出一节"), "headings"),
        (("```sh\neport up", "```sh\neport down"), "code"),
        (("```sh\neport up  # 启动\n```", ""), "code"),
        (("`eport up` 和", "`eport keys` 和"), "commands"),
        (("(LICENSE)", "(pyproject.toml)"), "links"),
        ((f"{TOP}\n", "\n"), "no language bar"),
        (("| [简体中文](README.zh-CN.md)", "| [简体中文](README.md)"), "no language bar"),
        (("说明 `eport up` 和", "This is not said in Chinese: `eport up` 和"), "Chinese page"),
        (("- 另一件事。", "- Another thing."), "Chinese page"),
    ],
)
def test_each_kind_of_difference_is_found(change: tuple[str, str], told: str) -> None:
    changed = OTHER.replace(*change)

    assert changed != OTHER
    assert any(each.startswith(told) for each in differences(ENGLISH, changed))


def test_a_paragraph_in_the_other_language_is_found() -> None:
    mixed = ENGLISH.replace(
        "Some text", "这一段是用中文写的一段很长很长的说明文字不应该出现在英文的页面里 text"
    )

    assert any(each.startswith("English page") for each in differences(mixed, OTHER))


def test_a_chinese_term_in_an_english_page_is_no_difference() -> None:
    assert differences(ENGLISH.replace("Some text", "The guarantee (保税担保)"), OTHER) == []


def test_a_link_to_the_english_page_of_a_pair_is_found() -> None:
    assert strays(OTHER, {"LICENSE"}) == ["LICENSE"]
    assert strays(OTHER, {"README.md"}) == []
