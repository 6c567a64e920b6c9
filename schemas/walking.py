"""One walk over a refused element, beside its declaration: each cause becomes one finding, at the
element that it is about. Linear in the message; ends after ``MOST`` findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from lxml import etree

from schemas.content import Plan, Slot, out_of_order, plan_of
from schemas.findings import Finding, Place, finding
from schemas.judging import Judge, simple_type
from schemas.start_tag import Report, StartTag
from schemas.wording import (
    BLANKS,
    MONEY,
    hint_for,
    is_blank,
    length_wanted,
    money,
    name_of,
    words_of,
)
from schemas.xml import line_of, place_of
from schemas.xsd import Field

if TYPE_CHECKING:
    from xmlschema.validators import XsdElement


class _Missing(NamedTuple):
    name: str
    parent: str
    """Path of the element that it is missing in."""
    where: tuple[str, str]
    """In two languages, where it belongs."""


class Walk:
    """The findings of one element. ``element`` walks, ``told`` returns them."""

    def __init__(self, judge: Judge, labels: Mapping[str, Field]) -> None:
        self._judge, self._report = judge, Report(labels)
        self._start_tag = StartTag(judge, self._report)
        self._plans: dict[int, Plan] = {}
        self._missing: dict[int, _Missing] = {}
        """What is missing, by the position of its finding."""
        self._strangers: dict[str, list[tuple[int, Place]]] = {}
        """Elements that stand where nothing of their name may, by name: position and place."""
        self._meant: set[tuple[str, str]] = set()
        """Path of a parent, and the name of a child that a misspelt element there stands for."""

    def told(self) -> list[Finding]:
        """Return the findings. An element that is missing in one place and stands in another was
        moved, and one that is missing beside a misspelt one was misspelt: that is one finding, at
        what stands there."""
        told: list[Finding | None] = list(self._report.findings)
        for at, missing in self._missing.items():
            if (missing.parent, missing.name) in self._meant:
                told[at] = None
            elif there := self._strangers.get(missing.name):
                stranger, place = there.pop(0)
                zh, en = missing.where
                told[stranger] = finding(
                    "XSD.06", place, found=missing.name, wanted=zh, wanted_en=en
                )
                told[at] = None
        return [item for item in told if item is not None]

    def element(self, element: etree._Element, declared: XsdElement) -> None:
        """Walk one element and all that is in it."""
        if not self._start_tag.holds(element, declared):
            return
        kind = simple_type(declared)
        first = next(element.iterchildren("*"), None)
        if kind is None:
            self._children(element, declared)
        elif first is not None:
            self._stranger(first, [])
        else:
            self._value(element, kind)

    def _children(self, element: etree._Element, declared: XsdElement) -> None:
        plan = self._plans.get(id(declared.type))
        if plan is None:
            plan = self._plans[id(declared.type)] = plan_of(declared)
        children = list(element.iterchildren("*"))
        text = "".join([element.text or "", *(node.tail or "" for node in element)])
        # What may hold nothing at all may hold no blank either.
        if stray := text.strip(BLANKS) or (text if not plan.slots and not plan.open else ""):
            self._report.add(
                "XSD.10",
                self._report.place(element),
                found=stray,
                wanted="没有文字",
                wanted_en="no text",
            )
        counts = Counter(child.tag for child in children)
        required = [
            slot.name
            for slot in plan.slots.values()
            if slot.needed and slot.name == (slot.instead or (slot.name,))[0]
        ]
        if not children and not stray and len(required) > 1:
            self._empty(element, required)
            return
        surplus = {
            name
            for name, slot in plan.slots.items()
            if slot.most is not None and counts[name] > slot.most
        }
        ordered = [c for c in children if c.tag in plan.slots and c.tag not in surplus]
        moved = (
            {ordered[i] for i in out_of_order([plan.slots[c.tag].at for c in ordered])}
            if plan.ordered
            else set()
        )
        absent = [n for n, s in plan.slots.items() if s.most is None or counts[n] < s.most]
        seen: Counter[str] = Counter()
        for child in children:
            if self._report.full:
                return
            slot = plan.slots.get(child.tag)
            if slot is None:
                if not plan.open:
                    self._stranger(child, absent)
                continue
            seen[child.tag] += 1
            if slot.most is not None and seen[child.tag] > slot.most:
                if seen[child.tag] == slot.most + 1:
                    self._surplus(child, counts[child.tag], slot.most)
                continue
            other = next((n for n in slot.instead if n != child.tag and seen[n]), None)
            if other is not None:
                self._alternative(child, other)
                continue
            if child in moved:
                zh, en = _where(element, slot, plan, counts)
                self._report.add(
                    "XSD.06", self._report.place(child), found=child.tag, wanted=zh, wanted_en=en
                )
            self.element(child, slot.declared)
        self._absent(element, plan, counts)

    def _absent(self, parent: etree._Element, plan: Plan, counts: Counter[str]) -> None:
        """Tell of each element that has to stand in ``parent`` and does not."""
        if all(counts[slot.name] or not slot.needed for slot in plan.slots.values()):
            return  # before the path of the parent, whose siblings libxml2 counts
        here = place_of(parent)
        first = {child.tag: child for child in reversed(list(parent.iterchildren("*")))}
        line = here.line
        told: set[str] = set()
        for name, slot in plan.slots.items():
            if counts[name]:
                line = line_of(first[name])
            elif slot.needed and name not in told and not any(counts[n] for n in slot.instead):
                told |= set(slot.instead)
                zh, en = _where(parent, slot, plan, counts)
                if slot.instead:
                    choice = " | ".join(f"<{each}>" for each in slot.instead)
                    zh, en = f"{zh} ({choice} 任选其一)", f"{en} (one of {choice})"
                label = self._report.labels.get(name)
                place = Place(
                    field=name,
                    path=f"{here.path}/{name}",
                    line=line,
                    label_zh=label.label_zh if label else None,
                    label_en=label.label_en if label else None,
                )
                if not self._report.full:
                    at = len(self._report.findings)
                    self._missing[at] = _Missing(name, here.path or "", (zh, en))
                self._report.add("XSD.01", place, wanted=zh, wanted_en=en)

    def _empty(self, element: etree._Element, required: list[str]) -> None:
        """Tell of an element without any content once, and not of each element missing in it."""
        shown = ", ".join(f"<{name}>" for name in required[:3])
        more = len(required) > 3
        self._report.add(
            "XSD.02",
            self._report.place(element),
            wanted=f"子元素 {shown}{' 等' if more else ''}, 共 {len(required)} 个必填",
            wanted_en=f"the elements {shown}{' …' if more else ''}, {len(required)} in all",
            hint_zh="请按规范顺序填写子元素, 可对照 fixtures 中的样例",
            hint_en="fill in its elements in the order of a sample in fixtures",
        )

    def _stranger(self, child: etree._Element, absent: list[str]) -> None:
        """Tell of an element that nothing of its name may stand for. ``absent``: what may stand
        there and does not."""
        if self._report.full:
            return
        place = self._report.place(child)
        near = "" if child.tag in self._report.labels else _near(child.tag, absent)
        if near:
            self._meant.add(((place.path or "").rpartition("/")[0], near))
        else:
            at = len(self._report.findings)
            self._strangers.setdefault(child.tag, []).append((at, place))
        self._report.add(
            "XSD.07",
            place,
            found=child.tag,
            wanted=near or "没有该元素",
            wanted_en=near or "no such element",
            hint_zh=f"是否应为 {near}" if near else "请删除",
            hint_en=f"did you mean {near}" if near else "remove it",
        )

    def _surplus(self, child: etree._Element, count: int, most: int) -> None:
        self._report.add("XSD.05", self._report.place(child), found=count, wanted=most)

    def _alternative(self, child: etree._Element, other: str) -> None:
        self._report.add(
            "XSD.07",
            self._report.place(child),
            found=child.tag,
            wanted=other,
            hint_zh=f"与 <{other}> 只能有一个, 请删除其一",
            hint_en=f"only one of it and <{other}> may stand; remove one",
        )

    # the element itself

    def _value(self, element: etree._Element, kind: Any) -> None:
        value = element.text or ""
        sound = partial(self._judge.sound, kind)
        if sound(value):
            return
        place = self._report.place(element)
        if not value or is_blank(value):
            words = words_of(kind, filled=True)
            self._report.add("XSD.02", place, found=value, wanted=words.zh, wanted_en=words.en)
            return
        if name_of(kind) in MONEY:
            self._report.put(money(place, value, kind, sound))
            return
        length = length_wanted(kind, value)
        words = length or words_of(kind, filled=True)
        hint = hint_for(value, sound)
        self._report.add(
            "XSD.03" if length else "XSD.04",
            place,
            found=value,
            wanted=words.zh,
            wanted_en=words.en,
            hint_zh=hint.zh if hint else None,
            hint_en=hint.en if hint else None,
        )


def _where(parent: etree._Element, slot: Slot, plan: Plan, counts: Counter[str]) -> tuple[str, str]:
    """Return where an element belongs, in two languages: after the one before it that stands there
    or has to."""
    if not plan.ordered:
        return f"<{parent.tag}> 之内", f"in <{parent.tag}>"
    before = [s for s in plan.slots.values() if s.at < slot.at and (counts[s.name] or s.needed)]
    if not before:
        return f"<{parent.tag}> 的开头", f"first in <{parent.tag}>"
    after = max(before, key=lambda s: s.at).name
    return f"<{after}> 之后", f"after <{after}>"


def _near(name: str, names: list[str]) -> str:
    """Return the name that a misspelt one was meant to be; empty without one."""
    folded = {each.casefold(): each for each in names}
    near = get_close_matches(name[:64].casefold(), list(folded), 1, 0.75)
    return folded[near[0]] if near else ""
