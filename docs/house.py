"""Measure the house: rooms, floors, arrows and circles of each folder, as the imports of the code
make them.

A room is a module or a package that stands directly in a folder. An arrow is a pair of rooms of
which the first imports the second, wherever the import stands. The floor of a room is the longest
way down from it. Rooms that reach each other form a circle.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("schemas", "handlers", "gateway", "customs_sim", "fixtures")
HOUSES = ("", "gateway", "customs_sim", "fixtures.kit")
"""What is measured: the top, both sides, the tester's kit."""
OPENED = ("gateway", "customs_sim")
"""Packages whose rooms the picture shows; another package is one room there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A folder as its imports draw it.

    Attributes:
        rooms: Names, sorted.
        arrows: Pairs of rooms; the first imports the second.
        circles: Groups of rooms that reach each other.
        floors: Room to its floor, from 1; rooms of one circle share it.
    """

    rooms: tuple[str, ...]
    arrows: frozenset[tuple[str, str]]
    circles: tuple[frozenset[str], ...]
    floors: Mapping[str, int]

    @property
    def height(self) -> int:
        """Return the number of floors."""
        return max(self.floors.values(), default=0)


@functools.cache
def modules(root: Path = ROOT) -> dict[str, Path]:
    """Return every module of the product by its dotted name."""
    files: dict[str, Path] = {}
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return files


def imports(
    module: str, tree: ast.AST, known: Iterable[str], *, is_package: bool = False
) -> Iterator[str]:
    """Yield the modules of ours that ``module`` imports, wherever the import stands."""
    known = frozenset(known)
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                here = module.split(".")
                here = here[: len(here) - node.level + is_package]
                base = ".".join([*here, *([node.module] if node.module else [])])
            names = [
                f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base
                for alias in node.names
            ]
        for name in names:
            while name and name not in known:
                name = name.rpartition(".")[0]
            if name and name != module and name.partition(".")[0] in PACKAGES:
                yield name


@functools.cache
def edges(root: Path = ROOT) -> tuple[tuple[str, str], ...]:
    """Return each import as a pair of modules."""
    known = frozenset(modules(root))
    pairs: list[tuple[str, str]] = []
    for name, file in modules(root).items():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        package = file.name == "__init__.py"
        pairs += [(name, target) for target in imports(name, tree, known, is_package=package)]
    return tuple(pairs)


def room_of(module: str, house: str) -> str:
    """Return the room of ``house`` that a module stands in; empty for one outside, or for the house
    itself."""
    inside = module.removeprefix(f"{house}.") if house else module
    return "" if house and inside == module else inside.partition(".")[0]


def plan(house: str, root: Path = ROOT) -> Plan:
    """Measure one folder; ``house`` is its dotted name, empty for the top."""
    rooms = {room_of(name, house) for name in modules(root)} - {"", "__main__"}
    arrows = {
        (a, b)
        for source, target in edges(root)
        if (a := room_of(source, house)) != (b := room_of(target, house))
        and a in rooms
        and b in rooms
    }
    below = {room: {b for a, b in arrows if a == room} for room in rooms}
    reach = {room: _reached(room, below) for room in rooms}
    circles = {
        frozenset({other for other in reach[room] if room in reach[other]} | {room})
        for room in rooms
        if room in reach[room]
    }
    ring = {
        room: next((circle for circle in circles if room in circle), frozenset({room}))
        for room in rooms
    }

    @functools.cache
    def floor(group: frozenset[str]) -> int:
        under = {ring[b] for room in group for b in below[room]} - {group}
        return 1 + max((floor(each) for each in under), default=0)

    return Plan(
        rooms=tuple(sorted(rooms)),
        arrows=frozenset(arrows),
        circles=tuple(sorted(circles, key=sorted)),
        floors={room: floor(ring[room]) for room in rooms},
    )


def _reached(room: str, below: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = list(below[room])
    while todo:
        each = todo.pop()
        if each not in seen:
            seen.add(each)
            todo += below[each]
    return seen


def upward(order: Iterable[Iterable[str]], house: str, root: Path = ROOT) -> list[str]:
    """Return the arrows that do not go down. ``order``: rooms from low to high; those of one
    bracket know nothing of each other."""
    level = {room: number for number, bracket in enumerate(order) for room in bracket}
    drawn = plan(house, root)
    return sorted(
        f"{house or 'top'}: {a} imports {b}"
        for a, b in drawn.arrows
        if level.get(b, 0) >= level.get(a, 0)
    )


def table(root: Path = ROOT) -> str:
    """Return the figures of every house as a Markdown table."""
    rows = ["| folder | rooms | floors | arrows | circles |", "|---|---|---|---|---|"]
    for house in HOUSES:
        drawn = plan(house, root)
        rows.append(
            f"| {house.replace('.', '/') or 'top'} | {len(drawn.rooms)} | {drawn.height} |"
            f" {len(drawn.arrows)} | {len(drawn.circles)} |"
        )
    return "\n".join(rows)


def floors(root: Path = ROOT) -> str:
    """Return the rooms of every house from the lowest floor to the highest, a line each."""
    lines = []
    for house in HOUSES:
        drawn = plan(house, root)
        levels = [
            " ".join(room for room in drawn.rooms if drawn.floors[room] == level)
            for level in range(1, drawn.height + 1)
        ]
        lines.append(f"{house.replace('.', '/') or 'top'}: {' < '.join(levels)}")
    return "\n".join(lines)


def picture(root: Path = ROOT) -> str:
    """Return the house as a Mermaid flowchart: rooms, and arrows from one that imports to one that
    is imported, less those that a longer way shows already."""
    known = sorted({place for name in modules(root) if (place := _place(name))})
    arrows = {
        (a, b)
        for source, target in edges(root)
        if (a := _place(source)) and (b := _place(target)) and a != b
    }
    lines = ["flowchart TD"]
    for package in reversed(PACKAGES):
        inside = [place for place in known if place.partition(".")[0] == package]
        nodes = [f'{_node(place)}["{place.rpartition(".")[2]}"]' for place in inside]
        if package in OPENED:
            lines += [f"  subgraph {package}_side [{package}]"]
            lines += [f"    {node}" for node in nodes] + ["  end"]
        else:
            lines += [f"  {node}" for node in nodes]
    lines += [f"  {_node(a)} --> {_node(b)}" for a, b in sorted(_reduced(arrows))]
    return "\n".join(lines)


def _place(module: str) -> str:
    """Return the room of the picture that a module stands in; empty for a package itself."""
    package, _, rest = module.partition(".")
    if package not in OPENED:
        return package
    room = rest.partition(".")[0]
    return f"{package}.{room}" if room else ""


def _node(place: str) -> str:
    return place.replace(".", "_")


def _reduced(arrows: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the arrows that no longer way replaces. Those of a circle all stay."""
    below: dict[str, set[str]] = {}
    for a, b in arrows:
        below.setdefault(a, set()).add(b)
        below.setdefault(b, set())
    reach = {each: _reached(each, below) for each in below}
    return {
        (a, b)
        for a, b in arrows
        if not any(b in reach[other] and a not in reach[other] for other in below[a] - {b})
    }
