"""A message type of one's own, brought by a package of one's own: nothing else is touched.

CONTRIBUTING.md tells this test as a page. The package (``tests/family``) is laid into a temporary
folder as an installer would: its files and its entry points. All that runs are the commands.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FAMILY = Path(__file__).resolve().parents[1] / "family"
DISTRIBUTION = "note-0.1.dist-info"
METADATA = "Metadata-Version: 2.1\nName: note\nVersion: 0.1\n"


def installed(folder: Path) -> dict[str, str]:
    """Lay the package into ``folder``; return the environment that finds it."""
    shutil.copytree(FAMILY / "note", folder / "note")
    (folder / DISTRIBUTION).mkdir()
    (folder / DISTRIBUTION / "METADATA").write_text(METADATA, encoding="utf-8")
    shutil.copy(FAMILY / "entry_points.txt", folder / DISTRIBUTION)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("EPORT_")}
    return plain | {"PYTHONPATH": str(folder)}


def eport(
    environment: dict[str, str], *arguments: object, wanted: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "gateway.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        timeout=110,
        check=False,
    )
    assert done.returncode == wanted, done.stdout + done.stderr
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A pair that knows the family, and how to speak to it."""

    environment: dict[str, str]
    folder: Path
    home: Path
    gateway: str
    control: str
    key: str
    operator_key: str

    def eport(self, *arguments: object, wanted: int = 0) -> Any:
        return eport(self.environment, *arguments, wanted=wanted)

    def ask(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """Return the JSON (or the text) of a path of either side."""
        control = path == "/" or path.startswith(("/control", "/cases"))
        url = urllib.parse.quote((self.control if control else self.gateway) + path, safe=":/?=&")
        key = self.operator_key if control else self.key
        is_page = not path.startswith(("/control", "/api"))  # a browser sends no key
        request = urllib.request.Request(
            url,
            method=method,
            headers={} if is_page else {"Authorization": f"Bearer {key}"},
            data=None if body is None else json.dumps(body).encode(),
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read().decode()
            return json.loads(text) if "json" in answer.headers["Content-Type"] else text


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Start `eport up` with the family beside the program's own."""
    folder = tmp_path_factory.mktemp("own")
    environment, ready = installed(folder), folder / "ready.json"
    command = ["up", "--home", folder / "home", "--port", 0, "--control-port", 0]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "gateway.cli", *map(str, command), "--ready-file", str(ready)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        while not ready.exists():
            assert process.poll() is None, process.stdout.read() if process.stdout else ""
        told = json.loads(ready.read_text(encoding="utf-8"))
        yield Running(
            environment=environment,
            folder=folder,
            home=folder / "home",
            gateway=told["gateway"],
            control=told["control"],
            key=told["keys"]["1105910159"],
            operator_key=told["operator_key"],
        )
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.mark.slow
def test_what_the_family_generates_is_valid_and_what_it_spoils_is_refused_as_it_says(
    running: Running,
) -> None:
    out = running.folder / "generated"
    running.eport("generate", "NTE101", "-n", 3, "--out", out, "--home", running.home)
    running.eport("validate", *sorted(out.glob("*.xml")))

    wrong = running.folder / "wrong"
    running.eport("generate", "NTE101", "--wrong", "enterprise", "--out", wrong, "-n", 1)
    running.eport("replay", wrong, "--url", running.gateway, "--home", running.home)


def test_from_the_post_to_the_approval_and_in_every_list(running: Running) -> None:
    out = running.folder / "sent"
    running.eport("generate", "NTE101", "-n", 1, "--seed", 7, "--out", out)
    file = next(out.glob("*.xml"))

    running.eport("submit", file, "--wait", 60, "--url", running.gateway, "--home", running.home)

    (note,) = running.ask("/api/v1/notes")["items"]
    assert (note["message_type"], note["status"]) == ("NTE101", "approved")
    assert note["business_no"] == f"LX{note['seq_no']}"
    assert note in running.ask("/api/v1/declarations")["items"]
    assert running.ask("/api/v1/notes.csv").count("\n") == 2
    told = [item["message_type"] for item in running.ask("/api/v1/receipts?after=0")["items"]]
    assert told == ["GRT200", "NTE201"]


@pytest.mark.slow
def test_the_desk_shows_it_by_its_name_and_decides_it(running: Running) -> None:
    running.ask("/control/v1/profile", {"profile": "manual"}, "PUT")
    out = running.folder / "desk"
    running.eport("generate", "NTE101", "-n", 1, "--seed", 8, "--out", out)
    running.eport(
        "submit", next(out.glob("*.xml")), "--url", running.gateway, "--home", running.home
    )
    while not (waiting := running.ask("/control/v1/worklist?kind=NTE101")["items"]):
        pass
    (case,) = waiting

    assert "担保联系单" in running.ask("/")
    assert "联系内容" in running.ask(f"/cases/{case['case_no']}")
    decided = running.ask(
        "/control/v1/decisions", {"items": [{"seq_no": case["seq_no"], "result": "approve"}]}
    )

    assert decided["items"][0]["status"] == "approved"
    running.ask("/control/v1/profile", {"profile": "instant"}, "PUT")


@pytest.mark.slow
def test_the_rule_of_customs_returns_it_with_its_reason(running: Running) -> None:
    out = running.folder / "returned"
    running.eport("generate", "NTE101", "-n", 1, "--seed", 9, "--out", out)
    file = next(out.glob("*.xml"))
    file.write_text(
        file.read_text(encoding="utf-8").replace("下周起更换联系人", "请退回保证金"),
        encoding="utf-8",
    )

    running.eport(
        "submit", file, "--wait", 60, "--url", running.gateway, "--home", running.home, wanted=1
    )

    (returned,) = running.ask("/api/v1/notes?status=returned")["items"]
    last = running.ask(f"/api/v1/declarations/{returned['seq_no']}/timeline")["items"][-1]
    assert "联系内容不予受理" in json.dumps(last, ensure_ascii=False)


@pytest.mark.slow
def test_it_has_a_form_at_the_portal_made_from_its_schema(running: Running) -> None:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def page(path: str, **form: str) -> str:
        data = urllib.parse.urlencode(form).encode() if form else None
        with browser.open(f"{running.gateway}/portal{path}", data, timeout=60) as answer:
            return str(answer.read().decode())

    def fields(text: str) -> dict[str, str]:
        return dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', text))

    page("/login", **fields(page("/login")) | {"key": running.key})
    form = page("/forms/NTE101")
    assert "其他单证" in form
    assert 'href="/portal/forms/NTE101"' in form
    said = re.findall(r'data-field="(\w+)" data-state="(\w+)"', form)
    assert {"assuredEtpsNm": "locked", "noteTxt": "open"}.items() <= dict(said).items()
    saved = page("/forms/NTE101", **fields(form) | {"act": "save", "noteTxt": ""})
    assert "申报前需补" in saved
    number = re.findall(r'action="/portal/declarations/(\d+)/edit"', saved)[0]
    typed = fields(saved) | {"act": "declare", "sure": "yes", "noteTxt": "下周起更换联系人"}

    done = page(f"/declarations/{number}/edit", **typed)

    assert "申报成功" in done
    (note,) = (n for n in running.ask("/api/v1/notes")["items"] if n["seq_no"] == number)
    assert note["fields"]["noteTxt"] == "下周起更换联系人"


@pytest.mark.slow
def test_its_fixtures_replay(running: Running) -> None:
    told = running.eport(
        "replay", FAMILY / "NTE101", "--url", running.gateway, "--home", running.home, "--json"
    )

    assert json.loads(told.stdout)["failed"] == 0


@pytest.mark.slow
def test_the_documents_name_it(running: Running) -> None:
    paths = running.ask("/openapi.json")["paths"]

    assert {"/api/v1/notes", "/api/v1/notes.csv", "/api/v1/notes.xlsx"} <= set(paths)
    listed = running.eport("generate", "--list", "--json").stdout
    assert "NTE101" in json.loads(listed)["types"]


@pytest.mark.slow
def test_without_its_row_the_type_is_unknown(tmp_path: Path) -> None:
    environment = installed(tmp_path)
    points = tmp_path / DISTRIBUTION / "entry_points.txt"
    points.write_text(
        points.read_text(encoding="utf-8").replace("[eport.samples]", "[eport.nothing]"),
        encoding="utf-8",
    )

    done = eport(environment, "generate", "NTE101", wanted=2)

    assert "NTE101" in done.stderr
