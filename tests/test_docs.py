"""Every list that the documentation makes is held to the code: pages, commands, settings, codes,
dependencies, notes."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer.main

from customs_sim.cases.settings import CustomsSettings, ReviewSettings
from customs_sim.node import Metrics as CustomsMetrics
from customs_sim.rules.procedure import procedures
from gateway.base.settings import Settings
from gateway.cli.app import root
from gateway.service import Metrics as GatewayMetrics
from handlers import registered
from handlers.contract import SubmissionHandler
from handlers.lifecycle import Event, Status, diagram
from schemas.findings import CATALOGUE
from schemas.xsd import SchemaSet

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = (
    "faults.md",
    "messages.md",
    "settings.md",
    "findings.md",
    "lifecycle.md",
    "operations/metrics.md",
    "architecture.md",
    "architecture.zh-CN.md",
)
SET_UP = (
    "python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/eport demo",
    "python3 -m venv .venv && .venv/bin/pip install -e '.[dev]' && .venv/bin/pytest",
)
ROOMS = ("schemas", "gateway", "handlers", "customs_sim")
NAMED_CODE = re.compile(
    r"""\b(?:finding|said)\(\s*"([A-Z]+[0-9]*\.[0-9]{2})"|\bcode="([A-Z]+[0-9]*\.[0-9]{2})\""""
)
WRITTEN = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
PAIRED = {
    page.with_name(page.name.replace(".zh-CN", "")) for page in WRITTEN if ".zh-" in page.name
}
ALONE = [page for page in WRITTEN if ".zh-" not in page.name and page not in PAIRED]
"""Pages without a counterpart in the other language (pairs: ``tests/test_languages.py``)."""


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def sources() -> list[Path]:
    return [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]


def commands() -> set[str]:
    group: Any = typer.main.get_command(root())
    return set(group.commands)


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """``docs/generate.py``, which is no package."""
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


# generated pages


def test_every_generated_page_is_held_here(generate: ModuleType) -> None:
    assert set(generate.PARTS) == set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_a_generated_page_is_current(generate: ModuleType, page: str) -> None:
    current = read(DOCS / page) == generate.made(
        page
    )  # without the two texts: their difference would fill the screen
    assert current, f"docs/{page} is not current; run: python docs/generate.py"


def test_a_page_without_its_markers_is_refused(
    generate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.md").write_text("# Settings\n", encoding="utf-8")
    monkeypatch.setattr(generate, "DOCS", tmp_path)
    with pytest.raises(SystemExit, match="markers"):
        generate.made("settings.md")


def test_checking_names_a_page_that_is_not_current_and_leaves_it(
    generate: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    old = f"before\n{generate.BEGIN}\nold\n{generate.END}\nafter\n"
    (tmp_path / "lifecycle.md").write_text(old, encoding="utf-8")
    monkeypatch.setattr(generate, "DOCS", tmp_path)
    monkeypatch.setattr(generate, "PARTS", {"lifecycle.md": generate.life})
    assert generate.main(check=True) == 1
    assert "lifecycle.md" in capsys.readouterr().out
    assert read(tmp_path / "lifecycle.md") == old
    assert generate.main(check=False) == 0
    written = read(tmp_path / "lifecycle.md")
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert generate.main(check=True) == 0


def test_the_lifecycle_page_shows_the_diagram_of_the_table() -> None:
    shown = f"```mermaid\n{diagram()}```" in read(DOCS / "lifecycle.md")
    assert shown


def test_every_status_and_event_has_a_sentence(generate: ModuleType) -> None:
    assert set(generate.sentences(Status)) == {status.name for status in Status}
    assert set(generate.sentences(Event)) == {event.name for event in Event}


def test_every_message_of_the_schema_set_is_described_and_ours_are_marked_synthetic() -> None:
    sections = {
        head: body
        for head, _, body in (
            part.partition("\n") for part in read(DOCS / "messages.md").split("\n## ")
        )
    }
    assert set(SchemaSet().names()) <= set(sections)
    for name in SchemaSet().names():
        assert ("synthetic" in sections[name]) == name.startswith("GRT"), name


def test_every_setting_is_documented_with_its_variable_and_a_sentence(generate: ModuleType) -> None:
    page = read(DOCS / "settings.md")
    for name, field in Settings.model_fields.items():
        assert f"| `{name}` | `EPORT_{name.upper()}` |" in page
        assert (field.description or "").endswith("."), name
        assert str(field.description) in page
    for owner in (ReviewSettings, CustomsSettings):
        described = generate.sentences(owner)
        assert all(described.get(name, "").endswith(".") for name in owner.__dataclass_fields__), (
            owner.__name__
        )


def test_every_finding_code_is_documented() -> None:
    named = {
        code
        for file in sources()
        for found in NAMED_CODE.findall(read(file))
        for code in found
        if code
    }
    ruled = {
        rule.id
        for handler in registered()
        if isinstance(handler, SubmissionHandler)
        for rule in (*handler.rules, *handler.held_rules)
    }
    reviewed = {
        rule.id for row in procedures().values() for _, rules in row.tables() for rule in rules
    }
    page = read(DOCS / "findings.md")
    assert {
        code for code in named | ruled | reviewed | set(CATALOGUE) if f"| `{code}` |" not in page
    } == set()
    assert named >= {"X.05", "X.10", "QUERY.01"}  # the search itself still finds what it is for


def test_every_metric_stands_in_the_watch_list_and_every_one_named_there_exists() -> None:
    made = {
        sample
        for page in (GatewayMetrics().page(), CustomsMetrics().page())
        for sample in re.findall(r"^# TYPE (eport_\w+) ", page.decode(), re.MULTILINE)
        if not sample.endswith("_created")
    }
    assert len(made) > 15
    for name in ("README.md", "README.zh-CN.md"):
        watched = read(DOCS / "operations" / name)
        assert set(re.findall(r"^\| `(eport_\w+)` \|", watched, re.MULTILINE)) == made, name
    described = set(
        re.findall(r"^\| `(eport_\w+)` \|", read(DOCS / "operations" / "metrics.md"), re.MULTILINE)
    )
    assert described == made


# written pages


def test_the_readme_opens_with_the_two_set_up_lines() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        bar, title, what, *rest = read(ROOT / name).split("\n\n")
        assert bar.startswith("[English](README.md)")
        assert title.startswith("# ")
        assert len(what) < 120
        assert rest[:2] == [f"```sh\n{line}\n```" for line in SET_UP]


def test_the_command_table_of_the_readme_names_exactly_the_commands() -> None:
    for name, heading in (("README.md", "## Commands"), ("README.zh-CN.md", "## 命令")):
        table = read(ROOT / name).partition(f"{heading}\n")[2].partition("\n## ")[0]
        named = re.findall(r"^\| `eport ([a-z]+)` \|", table, re.MULTILINE)
        assert Counter(named) == Counter(commands())


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_names_only_commands_and_files_that_exist(page: Path) -> None:
    text = read(page)
    assert set(re.findall(r"(?:bin/|`)eport ([a-z]+)", text)) <= commands()
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        assert target.startswith("https://") or (page.parent / target).exists(), target
    for target in re.findall(r"@?(fixtures/[A-Z0-9]+/[a-z0-9_]+\.xml)", text):
        assert (ROOT / target).exists(), target


def headings(text: str) -> set[str]:
    """Return the anchors of a page, as GitHub makes them from its headings."""
    heads = re.findall(
        r"^#+ (.+)$",
        re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE),
        re.MULTILINE,
    )
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", head).lower() for head in heads)
    return {re.sub(r"[^\w\- ]", "", head).replace(" ", "-") for head in plain}


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_link_to_a_section_leads_to_a_heading(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)", read(page)):
        assert anchor in headings(read(page.parent / target if target else page)), anchor


def test_the_glossary_gives_each_word_once_in_order_and_names_files_that_exist() -> None:
    rows = re.findall(
        r"^\| ([a-z][a-z -]*) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$",
        read(DOCS / "glossary.md"),
        re.MULTILINE,
    )
    words = [word for word, *_ in rows]
    assert len(words) > 30
    assert words == sorted(set(words))
    for word, chinese, _, places in rows:
        assert re.search(r"[\u4e00-\u9fff]", chinese), word
        for place in re.findall(r"`([a-z_]+/[\w./]+)`", places):
            assert (ROOT / place).exists(), f"{word}: {place}"


def test_every_dependency_has_a_line_and_no_other_has() -> None:
    project = tomllib.loads(read(ROOT / "pyproject.toml"))
    wanted = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    wanted += [
        line for extra in project["project"]["optional-dependencies"].values() for line in extra
    ]
    names = {re.match(r"[\w.-]+", line)[0] for line in wanted} - {project["project"]["name"]}  # type: ignore[index]
    named = re.findall(
        r"^\| `([\w.-]+)` \| [^|]+ \| [^|]+ \|$",
        read(DOCS / "decisions" / "dependencies.md"),
        re.MULTILINE,
    )
    assert Counter(named) == Counter(names)


def test_every_decision_note_is_linked_from_the_list_of_decisions() -> None:
    folder = DOCS / "decisions"
    notes = {file.name for file in folder.glob("*.md")} - {"README.md"}
    assert (
        set(re.findall(r"^\| \[[^\]]+\]\(([^)]+)\) \|", read(folder / "README.md"), re.MULTILINE))
        == notes
    )
    for name in notes - {"dependencies.md"}:
        assert re.fullmatch(r"[0-9]{4}-[a-z-]+\.md", name)
        assert all(
            head in read(folder / name) for head in ("Context.**", "Decision.**", "Consequence.**")
        ), name


def test_ci_runs_what_contributing_says() -> None:
    script, page = read(ROOT / ".ci" / "run"), read(ROOT / "CONTRIBUTING.md")
    said = re.findall(r"^\.venv/bin/(ruff check|mypy|pytest)$", page, re.MULTILINE)
    assert said == ["ruff check", "mypy", "pytest"]
    for command in said:
        tool, _, rest = command.partition(" ")
        assert f'"$VENV/bin/{tool}"{f" {rest}" if rest else ""}' in script


@pytest.mark.parametrize("page", ALONE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_without_a_counterpart_speaks_both_languages(page: Path) -> None:
    text = read(page)
    assert re.search(r"[\u4e00-\u9fff]", text)
    assert re.search(r"[A-Za-z]{4,} [a-z]{2,} [a-z]{2,}", text)
