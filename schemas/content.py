"""What may stand in an element, as a plan: one place for each element that its content model names,
in order. Made from the model that ``xmlschema`` built of the same XSD."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xmlschema.validators import XsdElement


@dataclass(frozen=True, slots=True)
class Slot:
    """One element that may stand in another.

    Attributes:
        at: Its place in the order; elements of which only one may stand share it.
        most: How often it may stand; None without bound.
        instead: The names of which exactly one must stand, its own among them; empty for an
            element that is no alternative.
    """

    declared: XsdElement
    at: int
    needed: bool
    most: int | None
    instead: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return str(self.declared.local_name)


@dataclass(frozen=True, slots=True)
class Plan:
    """The content of one element. ``ordered``: whether its children have an order; ``open``:
    whether elements that it does not name may stand too."""

    slots: dict[str, Slot] = field(default_factory=dict)
    ordered: bool = True
    open: bool = False


def plan_of(declared: XsdElement) -> Plan:
    """Return the plan of an element that holds elements."""
    from xmlschema.validators import XsdAnyElement

    group: Any = declared.type.content  # type: ignore[union-attr]
    slots: dict[str, Slot] = {}
    wild = False
    for at, (part, needed, most, instead) in enumerate(_parts(group, needed=True)):
        if isinstance(part, XsdAnyElement):
            # Names are local here, so "another namespace" is no element at all.
            wild = wild or "##any" in part.namespace
        elif str(part.local_name) not in slots:
            place = next((slots[n].at for n in instead if n in slots), at)
            slots[str(part.local_name)] = Slot(part, place, needed, most, instead)
    return Plan(slots, ordered=group.model != "all", open=wild)


def _parts(group: Any, *, needed: bool) -> Iterator[tuple[Any, bool, int | None, tuple[str, ...]]]:
    """Yield the particles of a group, those of nested groups in their place: each with whether it
    must stand, how often it may, and the names of which one must."""
    from xmlschema.validators import XsdElement

    needed = needed and group.min_occurs > 0
    many = group.max_occurs is None or group.max_occurs > 1
    if group.model == "choice":
        # An alternative of several elements is known by its first.
        first = [part[0] if hasattr(part, "model") else part for part in group]
        names = tuple(str(part.local_name) for part in first if isinstance(part, XsdElement))
        needed = needed and len(names) == len(group) and all(p.min_occurs > 0 for p in first)
        for part, known in zip(group, first, strict=True):
            yield known, needed, None if many else known.max_occurs, names
            for other, *_ in list(_parts(part, needed=False))[1:] if part is not known else ():
                yield other, False, None if many else other.max_occurs, ()
        return
    for part in group:
        if hasattr(part, "model"):
            yield from _parts(part, needed=needed)
        else:
            yield part, needed and part.min_occurs > 0, None if many else part.max_occurs, ()


def out_of_order(places: Sequence[int]) -> set[int]:
    """Return which of ``places`` (their positions) do not belong to the longest run that is in
    order: those were moved. In n log n. From the end, so that of two that changed places the
    second is named."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = [-1] * len(places)
    for position in reversed(range(len(places))):
        place = -places[position]
        length = bisect_right(tails, place)
        before[position] = ends[length - 1] if length else -1
        if length == len(tails):
            tails.append(place)
            ends.append(position)
        else:
            tails[length], ends[length] = place, position
    kept: set[int] = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        kept.add(at)
        at = before[at]
    return set(range(len(places))) - kept
