"""The recipes of docs/testers.md, taken from the page and run as a reader would run them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "testers.md"
JARS = Path("/usr/share/java")
NEEDED = (
    "junit-jupiter-api",
    "junit-jupiter-engine",
    "junit-platform-commons",
    "junit-platform-engine",
    "junit-platform-launcher",
    "junit-platform-console",
    "junit-platform-reporting",
    "opentest4j",
    "apiguardian-api",
    "picocli",
)


def recipe(name: str) -> str:
    """The block of code that says it is the file of that name."""
    blocks = re.findall(r"```[a-z]+\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (found,) = (
        block
        for block in blocks
        if re.search(rf"^(?:#|//) {re.escape(name)}$", block, re.MULTILINE)
    )
    return found


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """In an empty folder, with this installation's `eport` on the path; its temporary files are
    counted afterwards."""
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("EPORT_", "PYTEST_"))
    }
    environment = plain | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "TMPDIR": str(temporary),
    }
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def write(folder: Path, name: str) -> None:
    (folder / name).write_text(recipe(name), encoding="utf-8")


def left(folder: Path) -> list[str]:
    """Homes of a pair that were left behind."""
    return [each.name for each in (folder / "tmp").iterdir() if each.name.startswith("eport-")]


@pytest.mark.slow
def test_the_recipe_for_pytest_passes(tmp_path: Path) -> None:
    write(tmp_path, "test_declaration.py")
    done = run(
        tmp_path,
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "test_declaration.py",
    )
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout + done.stderr
    assert left(tmp_path) == []


@pytest.mark.slow
def test_the_recipe_for_a_shell_passes(tmp_path: Path) -> None:
    write(tmp_path, "declaration.sh")
    done = run(tmp_path, "sh", "declaration.sh")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("审批通过") >= 3
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.slow
def test_the_recipe_for_a_shell_fails_when_a_declaration_is_not_approved(tmp_path: Path) -> None:
    text = recipe("declaration.sh").replace("-n 3", "-n 3 --wrong check-digit")
    (tmp_path / "declaration.sh").write_text(text, encoding="utf-8")
    done = run(tmp_path, "sh", "declaration.sh")
    assert (done.returncode, done.stdout.count("CODE.02")) == (1, 3), done.stdout + done.stderr
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.skipif(shutil.which("javac") is None, reason="no JDK on this machine (javac)")
@pytest.mark.skipif(
    not all((JARS / f"{name}.jar").exists() for name in NEEDED),
    reason=f"no JUnit 5 in {JARS} (Debian: apt install junit5)",
)
def test_the_recipe_for_junit_passes(tmp_path: Path) -> None:
    write(tmp_path, "DeclarationTest.java")
    classes = ":".join([str(tmp_path), *(str(JARS / f"{name}.jar") for name in NEEDED)])
    compiled = run(tmp_path, "javac", "-cp", classes, "DeclarationTest.java")
    assert compiled.returncode == 0, compiled.stderr
    done = run(
        tmp_path,
        "java",
        f"-Djava.io.tmpdir={tmp_path / 'tmp'}",
        "-cp",
        classes,
        "org.junit.platform.console.ConsoleLauncher",
        "--select-class",
        "DeclarationTest",
        "--fail-if-no-tests",
    )
    assert (done.returncode, re.findall(r"(\d+) tests successful", done.stdout)) == (0, ["1"]), (
        done.stdout + done.stderr
    )
    assert left(tmp_path) == []
