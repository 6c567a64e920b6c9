"""Files are short and lines narrow, so that a file can be read at once; what a rule is given has
a name."""

import ast
from pathlib import Path

from docs.house import modules

MOST_LINES = 350
MOST_LINES_OF_A_TEST = 500
MOST_COLUMNS = 100
WHOLE = {"bench/floor.py", "bench/sample.py"}
"""The floor of ``docs/performance.md``, kept as it was measured."""


def test_files_stay_short() -> None:
    long = {
        name: n
        for name, file in modules().items()
        if ".migrations.versions." not in name  # what was applied stays as it was
        and (n := len(file.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}


def test_no_line_is_too_wide() -> None:
    """What E501 of ruff lets pass: a line of one long word, or that ends in a pragma."""
    wide = [
        f"{name}:{number}"
        for name, file in modules().items()
        if ".migrations.versions." not in name
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > MOST_COLUMNS
    ]
    assert wide == []


def test_files_of_tests_stay_short_too() -> None:
    tests = Path(__file__).parent
    long = {
        name: n
        for file in sorted(tests.rglob("*.py"))
        if (name := file.relative_to(tests).as_posix()) not in WHOLE
        and (n := len(file.read_text(encoding="utf-8").splitlines())) > MOST_LINES_OF_A_TEST
    }
    assert long == {}


def test_what_a_rule_is_given_has_a_name() -> None:
    short = [
        f"{name}:{node.lineno} {given.arg}"
        for name, file in modules().items()
        if name.startswith(("handlers", "customs_sim.rules"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.Lambda)
        for given in (*node.args.args, *node.args.kwonlyargs)
        if len(given.arg) == 1 and given.arg != "_"
    ]
    assert short == []
