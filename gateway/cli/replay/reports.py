"""A replay written down: JSON, JUnit XML for build servers, and one HTML page that needs nothing else."""

from __future__ import annotations

from pathlib import Path

import jinja2
import msgspec
from lxml import etree

from gateway.cli.home import write_file
from gateway.cli.replay.outcome import Outcome, Report
from gateway.errors import BadSetting

LANES = ((110, "企业 Enterprise"), (380, "网关 Gateway"), (650, "海关 Customs"))
TOP, STEP = 46, 24


def write(report: Report, *, junit: Path | None, json: Path | None, html: Path | None) -> None:
    """Write what was asked for. BadSetting when a file cannot be written."""
    for file, make in ((junit, junit_xml), (json, as_json), (html, page)):
        if file is not None:
            try:
                write_file(file, make(report))
            except OSError as error:
                raise BadSetting(f"{file}: 写不了 cannot be written ({error.strerror})") from error


def as_json(report: Report) -> bytes:
    return msgspec.json.format(msgspec.json.encode(report))


def junit_xml(report: Report) -> bytes:
    """One test suite a folder or script, one test case an outcome; the failure's text is the difference."""
    root = etree.Element("testsuites", name="eport replay", tests=str(report.cases), failures=str(report.failed), time=f"{report.seconds:.3f}")
    suites: dict[str, etree._Element] = {}
    for outcome in report.outcomes:
        suite = suites.get(outcome.group)
        if suite is None:
            suite = suites[outcome.group] = etree.SubElement(root, "testsuite", name=_clean(outcome.group))
        case = etree.SubElement(suite, "testcase", classname=_clean(outcome.group), name=_clean(outcome.name), time=f"{outcome.seconds:.3f}")
        if (failure := outcome.failure) is not None:
            first = failure.differences[0] if failure.differences else ""
            text = etree.SubElement(case, "failure", message=_clean(f"{where(failure.line, failure.title)}: {first}"))
            text.text = _clean("\n".join(failure.differences))
    for suite in suites.values():
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def where(line: int, title: str) -> str:
    """A step as a person finds it."""
    return f"第 {line} 行 line {line}, {title}" if line else title


def page(report: Report) -> bytes:
    """The HTML page; a sequence diagram for each case with a conversation."""
    environment = jinja2.Environment(loader=jinja2.PackageLoader("gateway.cli.replay"), autoescape=True, undefined=jinja2.StrictUndefined,
                                     trim_blocks=True, lstrip_blocks=True)
    shown = sorted(report.outcomes, key=lambda outcome: outcome.ok)
    return environment.get_template("replay.html").render(
        report=report, outcomes=shown, lanes=LANES, where=where, top=TOP, step=STEP, height=_height).encode()


def _height(outcome: Outcome) -> int:
    return TOP + STEP * len(outcome.arrows) + 10


def _clean(text: str) -> str:
    """What XML 1.0 can hold."""
    return "".join(c if c in "\t\n" or 0x20 <= ord(c) < 0xD800 or 0xE000 <= ord(c) < 0xFFFE or ord(c) > 0xFFFF else "?" for c in text)
