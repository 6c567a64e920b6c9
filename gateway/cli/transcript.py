"""Turns a conversation into steps that can be walked again: fakes for names, placeholders for what customs and gateway assign,
days relative to the day of the run. Pure: reads no clock, sends nothing, writes no file.

A value is assigned when the pair gave it: a SeqNo in the answer to a message, a levy number in the answer to an act, a business
number or a time in a message of customs. Where it is used later a placeholder stands, and where it first appeared it is captured.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lxml import etree

from gateway.cli.conversation import Act, Conversation, Received, Sent
from gateway.cli.scrub import Scrubber
from schemas.attachment import decode_attachment
from schemas.dxp import decode_dxp
from schemas.xml import Limits, XmlReader

ASSIGNED = re.compile(r"(?:[A-Z]{2}[0-9]{10,}|20[0-9]{16})")
"""Numbers that customs or the gateway give: ZS, ZB, TH, DZ, MV and their digits; a SeqNo."""
_WHEN = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})([ T].*)?")
OWN = frozenset({"etpsPreentNo", "ltguaNo", "pocket_id"})
"""References of the enterprise's own, and the letter that can secure one thing only: new in every run."""
WRITTEN = frozenset({"dclTime", "applyDate", "ltguaValidDate", "gurValidDate"})
"""Times that the enterprise writes; all others it repeats from a message of customs."""
DECIDES = ("Amt", "cd", "Result", "resutType", "chgTmsCnt", "tmsCnt")
"""Ends of the names of elements whose values are the same in every run: amounts, codes, results, generations."""
ENVELOPE = frozenset({"message_id", "file_name", "business_id", "sender_id", "receiver_id", "send_time"})


@dataclass(slots=True, kw_only=True)
class Send:
    """``body`` is a template. ``captures``: placeholder to member of the answer."""

    name: str
    body: str
    enterprise: str
    status: str
    captures: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Do:
    """A call of the control API; ``body`` with placeholders. ``captures``: placeholder to member of the answer."""

    method: str
    path: str
    body: dict[str, Any] | None
    seq_no: str = ""
    captures: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Expect:
    """A message of customs that must come; ``seq_no`` a template or empty. ``captures``: placeholder to an XPath in it, or to a member of
    the feed. ``checks``: XPath to the text that must stand there, for what decides: results, states, amounts."""

    name: str
    message_type: str
    result: str
    enterprise: str
    seq_no: str
    body: str
    captures: dict[str, str] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)


Step = Send | Do | Expect


class Transcript:
    """One conversation on its way to a script. ``steps`` walks it."""

    def __init__(self, conversation: Conversation, scrubber: Scrubber) -> None:
        self._talk, self._scrub = conversation, scrubber
        self._reader = XmlReader(Limits(size=8 * 1024 * 1024), mislabelled=True)
        self._known: dict[str, str] = {}
        self._origin: dict[str, tuple[dict[str, str], str]] = {}
        self._times: dict[tuple[str, str], tuple[str, dict[str, str], str]] = {}
        self._names: dict[str, int] = {}
        self.variables: dict[str, str] = {}
        self._references: dict[str, str] = {}
        self._nodes = {str(e.get("dxp_id") or "") for e in conversation.enterprises.values()}
        first = conversation.turns[0].at if conversation.turns else None
        self._today = first.date() if first else date(2000, 1, 1)

    def steps(self) -> list[Step]:
        """What happened, in order: behind every turn the messages of customs that came before the next one."""
        made: list[Step] = []
        left = list(self._talk.received)
        turns = self._talk.turns
        for at, turn in enumerate(turns):
            made.append(self._sent(turn) if isinstance(turn, Sent) else self._done(turn))
            until = turns[at + 1].at if at + 1 < len(turns) else None
            while left and (until is None or left[0].at < until):
                made.append(self._received(left.pop(0)))
        return made

    # what was sent

    def _sent(self, sent: Sent) -> Send:
        root = self._reader.read(sent.body).root
        if root.tag == "DxpMsg":
            root = self._reader.read(decode_dxp(root).data).root
        declared = sent.status not in ("", "draft")
        send = Send(name=self._name(sent.message_type.lower()), body="", enterprise=self._scrub.field("enterprise", sent.enterprise),
                    status=sent.status if not declared else "declared")
        self._spoken(root, [str(e.text) for e in root.iter("*") if len(e) == 0 and e.text and ASSIGNED.fullmatch(e.text)])
        for holder in root.iter("BussinessData"):
            if holder.find("FileData") is not None:
                _other_file(holder, self._scrub)
        send.body = _written(root)
        if sent.seq_no and sent.seq_no not in self._known:
            self._assign(sent.seq_no, "seq_no", send.captures, "seq_no")
        return send

    def _spoken(self, root: etree._Element, about: list[str]) -> None:
        """Every value of a message of an enterprise as the script has it. ``about``: the numbers that it names, its subject first."""
        for element in root.iter(*OWN):
            self._reference(element.text or "")
        for element in root.iter("*"):
            if len(element) or not element.text:
                continue
            name, value = str(element.tag), element.text
            assigned = next((self._times[number, name] for number in about if (number, name) in self._times
                             and self._times[number, name][0] == value), None)
            if name in ENVELOPE:
                element.text = self._envelope(name, value)
            elif name in OWN:
                element.text = self._reference(value)
            elif assigned is not None and name not in WRITTEN:
                element.text = self._captured(f"{name}", value, assigned[1], assigned[2])
            else:
                element.text = self._value(name, value)

    def _envelope(self, name: str, value: str) -> str:
        if name in ("message_id", "file_name"):
            return "{{message_id}}" + (".GRT" if name == "file_name" else "")
        if name == "business_id":
            return self._references.get(value) or self._value(name, value)
        if name == "send_time":
            return self._day(value)
        return self._scrub.node(value)

    def _reference(self, value: str) -> str:
        """A reference of the enterprise's own: unique in every run. One that customs or the gateway gave stays what it is."""
        if not value or value in self._known:
            return self._known.get(value, "")
        if value not in self._references:
            name = f"ref_{len(self._references) + 1}"
            self.variables[name] = "{{unique}}"
            self._references[value] = "{{" + name + "}}"
        return self._references[value]

    def _value(self, name: str, value: str) -> str:
        for number, placeholder in self._known.items():
            if number in value:
                return value.replace(number, placeholder)
        if value in self._references and name in ("businessId", "SeqNo"):
            return self._references[value]
        return self._day(value) if _WHEN.fullmatch(value) else self._scrub.field(name, value)

    def _day(self, value: str) -> str:
        """A day of the business calendar, as so many days from that of the run; the time of day stays."""
        match = _WHEN.fullmatch(value)
        try:
            days = (date.fromisoformat(match[1]) - self._today).days if match else 0
        except ValueError:
            return value
        return value if match is None else "{{today" + (f"{days:+d}d" if days else "") + "}}" + (match[2] or "")

    # what customs' operators did

    def _done(self, act: Act) -> Do:
        state, target = act.state, self._value("target", act.target)
        do = Do(method="POST", path="", body=None)
        if act.action == "put_profile":
            do.method, do.path, do.body = "PUT", "/profile", {"profile": state["profile"]}
        elif act.action == "levy":
            names = ("enterprise", "customs", "amount", "biz_type", "biz_no", "oriact_no", "oriact_valid_until")
            do.path, do.body = "/levies", {n: self._value(n, str(state[n])) for n in names if state.get(n)}
            self._assign(act.target, "levy_no", do.captures, "levy_no")
        elif act.action == "reissue":
            do.path, do.body = f"/levies/{target}/reissue", {"amount": state["amount"]}
        elif act.action == "take_back":
            do.method, do.path = "DELETE", f"/levies/{target}"
        elif act.action == "ask_guarantee":
            do.path = "/guarantee-requests"
            number = {} if act.target == state["enterprise"] else {"gasr_no": target}
            do.body = {"enterprise": self._value("enterprise", state["enterprise"]), **number,
                       **{n: self._value(n, str(state[n])) for n in ("amount", "valid_until") if state.get(n)}}
        elif act.action == "pay":
            do.path = "/payments"
            do.body = {"amount": state["amount"], "paid_at": "{{now}}", "reference": self._value("biz_no", state["reference"]),
                       **({"levy_no": target} if act.target in self._known else {})}
        elif act.action == "refund":
            do.path = "/refunds"
            do.body = {"gur_no": target, "amount": state["amount"], "reason": self._value("reason", state["reason"]),
                       **({"target": self._value("target", state["target"])} if state.get("target") else {})}
        elif act.action == "statement":
            do.path = "/statements"
            do.body = {n: self._value(n, str(state[n])) for n in ("enterprise", "from", "to", "fault") if state.get(n)}
            if act.target not in self._known:
                self._assign(act.target, "statement_no", do.captures, "statement_no")
        else:
            do.path, do.seq_no = "/decisions", target
            do.body = {"items": [{"seq_no": target, "result": act.action, "notes": [
                self._scrub.field("notes", note) for note in state.get("notes") or ()]}]}
        return do

    # what customs sent

    def _received(self, received: Received) -> Expect:
        expect = Expect(name=self._name(received.message_type.lower()), message_type=received.message_type, result=received.result,
                        enterprise=self._scrub.field("enterprise", received.enterprise), seq_no=self._known.get(received.seq_no, ""), body="")
        new = bool(received.seq_no) and not expect.seq_no
        root = self._reader.read(received.body).root
        business = next(root.iter("BussinessData"), root)
        if new:  # what customs asked for has a SeqNo before anybody filed it
            self._assign(received.seq_no, "seq_no", expect.captures, "seq_no")
        leaves = [e for e in business.iter("*") if len(e) == 0 and e.text]
        numbers = {str(e.text) for e in leaves if ASSIGNED.fullmatch(str(e.text))}
        for element in leaves:
            value, path = str(element.text), _path(element)
            if str(element.tag).endswith(DECIDES) and not str(element.tag).endswith(("Sccd", "Cuscd")) and "[" not in path:
                expect.checks[path] = value
            if ASSIGNED.fullmatch(value) and value not in self._known and value not in self._references:
                self._origin.setdefault(value, (expect.captures, path))
            elif _WHEN.fullmatch(value):
                for number in numbers:
                    self._times[number, str(element.tag)] = (value, expect.captures, path)
        for value, (captures, path) in list(self._origin.items()):
            if value not in self._known:
                self._assign(value, {"ZB": "gasr_no", "ZS": "levy_no", "TH": "refund_no", "DZ": "statement_no"}.get(value[:2], "number"),
                             captures, path)
        for element in root.iter("*"):
            if len(element) == 0 and element.text:
                element.text = self._heard(str(element.tag), element.text)
        expect.body = _written(root)
        return expect

    def _heard(self, name: str, value: str) -> str:
        if name in ENVELOPE:
            return self._scrub.node(value) if name.endswith("_id") and value in self._nodes else self._value(name, value)
        return self._references.get(value) or self._value(name, value)

    # placeholders

    def _assign(self, value: str, kind: str, captures: dict[str, str], where: str) -> None:
        self._known[value] = self._captured(kind, value, captures, where)

    def _captured(self, kind: str, value: str, captures: dict[str, str], where: str) -> str:
        for name, known in captures.items():
            if known == where:
                return "{{" + name + "}}"
        name = self._name(kind)
        captures[name] = where
        return "{{" + name + "}}"

    def _name(self, kind: str) -> str:
        n = self._names[kind] = self._names.get(kind, 0) + 1
        return f"{kind}_{n}"


def unused_captures(steps: list[Step], texts: Mapping[str, str]) -> None:
    """Takes away the captures whose placeholder stands in no later step. ``texts``: of each step by its name."""
    told = "\n".join(texts.values())
    for step in steps:
        for name in list(step.captures):
            if "{{" + name + "}}" not in told:
                del step.captures[name]


def _other_file(holder: etree._Element, scrub: Scrubber) -> None:
    """Another file of the same size, with the name, owner and digest that belong to it: an attachment is private as a whole."""
    given = decode_attachment(holder)
    size = len(given.content or b"")
    name = scrub.field("FileName", given.name)
    content = (f"{name} ".encode() * (size // 8 + 1))[:size]
    made = (hashlib.md5 if given.method.lower() == "md5" else hashlib.sha1)(content, usedforsecurity=False).hexdigest()
    sound = given.is_whole
    for tag, value in (("FileName", name), ("FileData", base64.b64encode(content).decode()), ("FileHash", made if sound else given.digest)):
        element = holder.find(tag)
        if element is not None:
            element.text = value


def _written(root: etree._Element) -> str:
    etree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root, encoding="unicode") + "\n"


def _path(element: etree._Element) -> str:
    """An XPath by local names, with a position where it is one of several alike."""
    steps: list[str] = []
    here: etree._Element | None = element
    while here is not None and here.tag != "BussinessData":
        parent = here.getparent()
        alike = [] if parent is None else [e for e in parent if e.tag == here.tag]
        steps.append(f"{here.tag}[{alike.index(here) + 1}]" if len(alike) > 1 else str(here.tag))
        here = parent
    return "//" + "/".join(reversed(steps))

