"""Holds every citation to what it cites: documents, rule ids, sections, sources of rules.

Each check takes the root of a repository and tells what it could not find, one line each. Below
the checks of this repository stand those of small made-up ones, which prove that a fault is seen.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
READ = frozenset({".py", ".md", ".xsd", ".yaml"})
"""Endings of the files that may cite."""
UNREAD = frozenset({"CHANGELOG.md", "test_papers.py"})
"""One tells of documents that were, the other of documents that must not be found."""
ROOMS = ("schemas", "gateway", "handlers", "customs_sim", "fixtures")
PAPERS = ("wire", "rules", "contract")
"""Documents of ``docs/`` that are cited by section."""

DOCUMENT = re.compile(
    r"(?<![\w./*{}<>:-])((?:\.{1,2}/)*[A-Za-z0-9_][\w./-]*\.(?:md|txt))(?![\w*{}-])"
)
RULE = re.compile(r"\b(?:[ACFHMPRSXYB]\d{3}|X)\.\d{2}[a-z]?\b")
"""A rule id; the letter of its family and the number of its message, or X."""
ITEM = r"(?:K ?\d+|M\d(?:\.\d)?|T\d{2}|[A-Z]\d{3}(?:\.\d{2}[a-z]?)?|\d+(?:\.\d+)*(?: #\d+)?)"
CITED = re.compile(
    rf"\b({'|'.join(PAPERS)})\.md[`'\")\]]*,?(?:\((?:\.\./)*[\w./#-]*\))?,?\s+"
    rf"((?:(?:section|row|table)s?\s+)?{ITEM}(?:(?:,|;| and| or| to|,? and)\s+{ITEM}\b)*)"
)
HEADING = re.compile(r"^#{1,6}\s+(?:(\d+(?:\.\d+)*)\b)?", re.MULTILINE)
LEGEND = "\n## Sources"
FIRST_CELL = re.compile(r"^[ \t]*\| *([^|]*?) *\|", re.MULTILINE)


class Piece(NamedTuple):
    """A stretch of text that may cite: the file, the line it begins in, the text."""

    file: str
    line: int
    text: str

    def at(self, position: int) -> str:
        """Name the place of a position for a message."""
        return f"{self.file}:{self.line + self.text.count(chr(10), 0, position)}"


# reading a repository


@cache
def files(root: Path) -> frozenset[str]:
    """List the files of the repository, or of the folder where there is none, below ``root``."""
    command = ["git", "-C", str(root), "ls-files", "-co", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True, text=True)
        names = listed.stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        names = [path.relative_to(root).as_posix() for path in root.rglob("*")]
        names = [name for name in names if not any(p.startswith(".") for p in name.split("/"))]
    return frozenset(name for name in names if (root / name).is_file())


def read(root: Path, name: str) -> str:
    """Read a file as text."""
    return (root / name).read_text(encoding="utf-8")


def pieces(root: Path, endings: frozenset[str] = READ) -> Iterator[Piece]:
    """Give what may cite: of Python its comments and texts, of other files all."""
    for name in sorted(files(root)):
        if Path(name).suffix not in endings or Path(name).name in UNREAD:
            continue
        if name.endswith(".py"):
            yield from spoken(name, read(root, name))
        else:
            yield Piece(name, 1, read(root, name))


def spoken(name: str, source: str) -> Iterator[Piece]:
    """Give comments, those of neighbouring lines as one, and texts of a Python file.

    A text that is nothing but a file's name is a name that the code uses, not a citation.
    """
    comment: list[str] = []
    began = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        line = token.start[0]
        if token.type == tokenize.COMMENT:
            if comment and line != began + len(comment):
                yield Piece(name, began, "\n".join(comment))
                comment = []
            began = began if comment else line
            comment.append(token.string.lstrip("#: "))
        elif "STRING" in tokenize.tok_name[token.type] and not DOCUMENT.fullmatch(
            token.string.strip("\"'rRbBfF")
        ):
            yield Piece(name, line, token.string)
    if comment:
        yield Piece(name, began, "\n".join(comment))


def sections(text: str) -> dict[str, str]:
    """Cut a document at its headings: number to text; what has no number belongs to the last."""
    found: dict[str, str] = {}
    marks = [*HEADING.finditer(text)]
    number = ""
    for at, mark in enumerate(marks):
        end = marks[at + 1].start() if at + 1 < len(marks) else len(text)
        if mark[1] or mark[0].startswith("## "):
            number = mark[1] or ""
        if number:
            found[number] = found.get(number, "") + text[mark.start() : end]
    return found


def rows(text: str) -> dict[str, str]:
    """Give the rows of all tables but the legend's: first word to the line."""
    before, legend, after = text.partition(LEGEND)
    text = before + after[after.find("\n## ") :] if legend else text
    found: dict[str, str] = {}
    for cell in FIRST_CELL.finditer(text):
        if word := re.match(r"[\w.]+", cell[1]):
            found.setdefault(word[0], text[cell.start() :].partition("\n")[0])
    return found


# the checks


def missing_documents(root: Path) -> list[str]:
    """Find citations of documents that are not in the repository."""
    known = files(root)
    names = {Path(name).name for name in known}
    missing = []
    for piece in pieces(root):
        folder = (root / piece.file).parent
        for cited in DOCUMENT.finditer(piece.text):
            name = cited[1]
            places = (root / name, root / "docs" / name, folder / name)
            is_here = (
                name in names
                if "/" not in name
                else any(
                    p.resolve().is_relative_to(root.resolve())
                    and p.resolve().relative_to(root.resolve()).as_posix() in known
                    for p in places
                )
            )
            if not is_here:
                missing.append(f"{piece.at(cited.start())}: {name}")
    return missing


def unknown_rules(root: Path) -> list[str]:
    """Find rule ids in source and documents that have no row in docs/rules.md."""
    own = rows(read(root, "docs/rules.md"))
    unknown = []
    for piece in pieces(root, frozenset({".py", ".md"})):
        if piece.file.endswith(".py") and piece.file.partition("/")[0] not in ROOMS:
            continue  # tests make ids up
        for cited in RULE.finditer(piece.text):
            if cited[0] not in own and cited[0] + "a" not in own:
                unknown.append(f"{piece.at(cited.start())}: {cited[0]}")
    return unknown


def unknown_sections(root: Path) -> list[str]:
    """Find citations of sections, rows and decisions that the cited document does not have."""
    papers = {name: read(root, f"docs/{name}.md") for name in PAPERS}
    cut = {name: sections(text) for name, text in papers.items()}
    listed = {name: rows(text) for name, text in papers.items()}
    families = {word.partition(".")[0] for word in listed["rules"] if RULE.fullmatch(word)}
    unknown = []
    for piece in pieces(root):
        for cited in CITED.finditer(piece.text):
            paper = cited[1]
            for item in re.findall(rf"\b{ITEM}", cited[2]):
                number, _, row = item.replace("K ", "K").partition(" #")
                is_here = (
                    number in cut[paper]
                    if number[0].isdigit()
                    else (
                        number in listed[paper]
                        or number + "a" in listed[paper]
                        or (paper == "rules" and number in families)
                    )
                )
                if is_here and row:
                    is_here = row in rows(cut[paper][number])
                if not is_here:
                    unknown.append(f"{piece.at(cited.start())}: docs/{paper}.md {item}")
    return unknown


def sources(root: Path) -> Iterator[tuple[str, str]]:
    """Give each ``source="…"`` of a call in the Python of the product, with its place."""
    for name in sorted(files(root)):
        if not name.endswith(".py") or name.partition("/")[0] not in ROOMS:
            continue
        for node in ast.walk(ast.parse(read(root, name))):
            if isinstance(node, ast.keyword) and node.arg == "source":
                value = node.value
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield f"{name}:{value.lineno}", value.value


def kind(code: str) -> str:
    """Reduce a source to what the legend explains: M, dom, rules, K, row, section, or a word."""
    for name, form in (
        ("M", r"M\d"),
        ("dom", r"dom\b"),
        ("rules", r"rules \d"),
        ("K", r"K\d"),
        ("row", r"(?:\d+(?:\.\d+)? )?#\d"),
        ("section", r"\d"),
    ):
        if re.match(form, code):
            return name
    return code.rpartition(" ")[2]


def legend(text: str) -> Mapping[str, str]:
    """Read the legend under the heading Sources: each kind of source to its row."""
    part = text.partition(LEGEND)[2].partition("\n## ")[0]
    found: dict[str, str] = {}
    for cell in FIRST_CELL.finditer(part):
        line = part[cell.start() :].partition("\n")[0]
        for code in re.findall(r"`([^`]+)`", cell[1]):
            found.setdefault(kind(code), line)
    return found


def unexplained_sources(root: Path) -> list[str]:
    """Find sources of rules that the legend does not explain, or that lead nowhere."""
    rules, wire = read(root, "docs/rules.md"), read(root, "docs/wire.md")
    known, own, places = legend(rules), rows(rules), sections(wire)
    found = []
    for place, source in sources(root):
        for part in (p.strip() for half in source.split(";") for p in half.split(",")):
            if part and not explained(part, known, own, places, sections(rules)):
                found.append(f"{place}: {part!r} of {source!r}")
    return found


def explained(
    part: str,
    known: Mapping[str, str],
    own: Mapping[str, str],
    wire: Mapping[str, str],
    rules: Mapping[str, str],
) -> bool:
    """Tell whether one part of a source has its legend and leads to something."""
    last = part.rpartition(" ")[2]
    if last in known and last == kind(last):
        return True  # "form inferred", "plan", "SAS_GRT"
    if kind(part) not in known:
        return False
    match kind(part):
        case "M":
            section, words = re.match(r"(M\d(?:\.\d)?)(?:[–-]\d)?(.*)", part).groups()  # type: ignore[union-attr]
            return section in own and words.strip() in own[section]
        case "dom":
            _, section, *words = part.split(" ", 2)
            return section in wire and (not words or words[0] in known["dom"])
        case "rules":
            return part.split(" ")[1] in rules
        case "K":
            return part in own
        case "row":
            section, _, row = part.rpartition("#")
            return row in rows(wire.get(section.strip() or "6", ""))
        case "section":
            section, _, words = part.partition(" ")
            return section in wire and words.casefold() in wire[section].casefold()
    return False


# this repository


def test_every_document_that_is_named_stands_in_the_repository() -> None:
    assert missing_documents(ROOT) == []


def test_every_rule_that_is_cited_stands_in_the_rules() -> None:
    assert unknown_rules(ROOT) == []


def test_every_section_that_is_cited_is_a_heading() -> None:
    assert unknown_sections(ROOT) == []


def test_every_source_of_a_rule_has_its_legend() -> None:
    assert list(sources(ROOT))
    assert unexplained_sources(ROOT) == []


# repositories made up to prove that a fault is seen

RULES = """# Rules

## Sources

| source | meaning |
|---|---|
| `M1.2`, `M1.4-3` | the manual |
| `dom 0.1` | the wire; `by analogy` |
| `7.3 silence` | a fault |
| `6 #20`, `#21` | a trouble |
| `rules 2.1`, `K1` | here |
| `inf`, `plan` | words |

## 1 Decisions

| K1 | one |

## 2 Rules

### 2.1 Owners

| S101.01 | a rule |
| F111.05a | another |

## M The manual

| M1.2 | grey fields |
"""
WIRE = """# Wire

## 0 Data

### 0.1 A type

## 6 Troubles

| 20 | a number |
| 21 | a race |

## 7 Answers

### 7.3 Faults

| silence | nothing |

## Afterwards
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository in which all is well."""
    put(tmp_path, "docs/rules.md", RULES)
    put(tmp_path, "docs/wire.md", WIRE)
    put(tmp_path, "docs/contract.md", "# Contract\n\n## 1 Identity\n")
    put(
        tmp_path,
        "handlers/good.py",
        '''
"""Check what ``docs/rules.md`` 2.1 and ``docs/wire.md`` 6 #20 ask for (``docs/rules.md`` K1)."""
# See docs/contract.md 1,
# and F111.05 of rules.md.
RULE = make(id="S101.01", source="M1.2 grey, inf; dom 0.1; 7.3 silence; 6 #20, #21; K1")
NAME = "notes.txt"
''',
    )
    return tmp_path


def put(root: Path, name: str, text: str) -> None:
    """Write a file of a made-up repository."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    files.cache_clear()


def faults(root: Path) -> list[str]:
    """Run all checks."""
    return [
        *missing_documents(root),
        *unknown_rules(root),
        *unknown_sections(root),
        *unexplained_sources(root),
    ]


def test_nothing_is_found_where_all_is_well(repository: Path) -> None:
    assert faults(repository) == []


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("handlers/a.py", '"""As ``domain.md`` says."""', "handlers/a.py:1: domain.md"),
        ("handlers/a.py", "X = 1\n# see docs/gone.md\n", "handlers/a.py:2: docs/gone.md"),
        ("README.md", "# A\n\n[b](docs/b.md)\n", "README.md:3: docs/b.md"),
        ("docs/a.md", "See [out](../../out.md).", "docs/a.md:1: ../../out.md"),
        ("docs/a.yaml", "# manual.txt 3\n", "docs/a.yaml:1: manual.txt"),
        ("docs/a.xsd", "<!-- style.md -->\n", "docs/a.xsd:1: style.md"),
    ],
)
def test_a_missing_document_is_found(repository: Path, name: str, text: str, found: str) -> None:
    put(repository, name, text)

    assert missing_documents(repository) == [found]


@pytest.mark.parametrize("name", ["wire.md", "docs/wire.md", "../docs/wire.md", "./wire.md"])
def test_a_document_is_found_from_the_root_from_docs_and_from_the_file(
    repository: Path, name: str
) -> None:
    put(repository, "docs/deep.md", f"See {name}.")

    assert missing_documents(repository) == []


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("gateway/a.py", '"""S101.99 wants it."""\n', "gateway/a.py:1: S101.99"),
        ("gateway/a.py", "A = 1  # X.44\n", "gateway/a.py:1: X.44"),
        ("docs/a.md", "By F111.06.\n", "docs/a.md:1: F111.06"),
    ],
)
def test_an_unknown_rule_is_found(repository: Path, name: str, text: str, found: str) -> None:
    put(repository, name, text)

    assert unknown_rules(repository) == [found]


@pytest.mark.parametrize(
    ("cited", "found"),
    [
        ("``docs/wire.md`` 5.9", "wire.md 5.9"),
        ("``docs/rules.md`` 2.1 and 2.7", "rules.md 2.7"),
        ("``docs/rules.md`` 2.1,\n2.8", "rules.md 2.8"),
        ("``docs/rules.md`` K29", "rules.md K29"),
        ("``docs/rules.md`` K 29", "rules.md K 29"),
        ("``docs/rules.md`` S102", "rules.md S102"),
        ("``docs/rules.md`` M9", "rules.md M9"),
        ("``docs/wire.md`` 6 #77", "wire.md 6 #77"),
        ("docs/contract.md, section 4", "contract.md 4"),
        ("[contract.md](docs/contract.md) 8", "contract.md 8"),
    ],
)
def test_an_unknown_section_is_found(repository: Path, cited: str, found: str) -> None:
    put(repository, "customs_sim/a.py", f'"""See {cited}."""\n')

    assert unknown_sections(repository) == [f"customs_sim/a.py:1: docs/{found}"]


@pytest.mark.parametrize(
    "source",
    [
        "guess",
        "M9.9",
        "M1.2 blue",
        "dom 5.5",
        "7.3 thunder",
        "6 #99",
        "#99",
        "rules 9.9",
        "K9",
        "plan; hearsay",
    ],
)
def test_an_unexplained_source_is_found(repository: Path, source: str) -> None:
    put(repository, "handlers/a.py", f'A = make(\n    source="{source}")\n')

    [found] = unexplained_sources(repository)
    assert found.startswith("handlers/a.py:2: ")


def test_a_source_without_its_row_in_the_legend_is_found(repository: Path) -> None:
    put(repository, "docs/rules.md", RULES.replace("| `M1.2`, `M1.4-3` | the manual |\n", ""))

    assert unexplained_sources(repository) == [
        "handlers/good.py:5: 'M1.2 grey' of 'M1.2 grey, inf; dom 0.1; 7.3 silence; 6 #20, #21; K1'"
    ]
