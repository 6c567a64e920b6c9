"""Reads what a tester wrote in YAML (JSON is YAML too), key by key, and says of every mistake where
it stands: line, key, found, wanted. Knows no scenario, and builds no object that the text asks for.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any

import yaml

from customs_sim.steering.yaml_problems import BadText as BadText
from customs_sim.steering.yaml_problems import Problem as Problem
from customs_sim.steering.yaml_problems import word_meant
from customs_sim.steering.yaml_text import joined, unfit

MOST_BYTES = 64 * 1024
MOST_PROBLEMS = 20
_DURATION = re.compile(
    r"(?:(\d{1,6}(?:\.\d{1,3})?)d)?(?:(\d{1,6}(?:\.\d{1,3})?)h)?"
    r"(?:(\d{1,6}(?:\.\d{1,3})?)m)?(?:(\d{1,9}(?:\.\d{1,3})?)s?)?"
)
LONGEST = 366 * 86_400.0
"""Seconds of the longest duration."""


class Table:
    """One mapping. Each reading call names a key that may stand there; ``done`` complains of all
    others."""

    def __init__(self, node: yaml.Node | None, key: str, problems: list[Problem]) -> None:
        self.key, self._problems, self._asked = key, problems, dict[str, None]()
        self._values: dict[str, yaml.Node] = {}
        self._keys: dict[str, yaml.Node] = {}
        self.node = node
        if node is None:
            return
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, "键: 值", "keys and values")
            return
        for name, value in node.value:
            text = name.value if isinstance(name, yaml.ScalarNode) else ""
            if text in self._values:
                self.wrong(name, "每个键一次", "each key once", found=text)
            self._values[text], self._keys[text] = value, name

    def __contains__(self, name: str) -> bool:
        return name in self._values

    @property
    def names(self) -> tuple[str, ...]:
        """Return the keys as they stand."""
        return tuple(self._values)

    def node_of(self, name: str) -> yaml.Node | None:
        """Return what stands there, whatever it is; None when nothing does."""
        return self._take(name)

    def wrong(
        self,
        node: yaml.Node | None,
        zh: str,
        en: str,
        *,
        key: str = "",
        found: str | None = None,
        options: Iterable[str] = (),
    ) -> None:
        """Note a mistake at ``node``. ``options``: the words of which one was meant."""
        at = node or self.node
        mark = at.start_mark if at is not None else None
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(
                Problem(
                    line=mark.line + 1 if mark else 1,
                    column=mark.column + 1 if mark else 1,
                    key=key or self.key or "(top)",
                    found=_said(node) if found is None else found[:100],
                    wanted=zh,
                    wanted_en=en,
                    meant=word_meant(_said(node) if found is None else found, options),
                )
            )

    def once(self, name: str, value: str, others: Container[str]) -> None:
        """Note a mistake where ``value`` is the name of another row already."""
        if value in others:
            self.wrong(
                self.node, "每个名称一次", "each name once", key=f"{self.key}.{name}", found=value
            )

    def none_of(self, kinds: Sequence[str]) -> None:
        """Note that no key is one of ``kinds``, at the key that was meant to be one."""
        near = [name for name in self._keys if word_meant(name, kinds)]
        name = (near or [*self._keys, ""])[0]
        wanted = ", ".join(kinds)
        self.wrong(
            self._keys.get(name),
            f"其中之一: {wanted}",
            f"one of {wanted}",
            found=name,
            options=kinds,
        )

    def done(self) -> None:
        """Note every key that no call asked for, and say which there are."""
        wanted = ", ".join(self._asked)
        for name, node in self._keys.items():
            if name not in self._asked:
                absent = [asked for asked in self._asked if asked not in self._keys]
                self.wrong(
                    node, f"其中之一: {wanted}", f"one of {wanted}", found=name, options=absent
                )

    def missing(self, name: str, zh: str, en: str) -> None:
        """Note that ``name`` is missing."""
        self.wrong(self.node, zh, en, key=self._path(name), found="")

    def text(
        self,
        name: str,
        default: str | None = None,
        *,
        most: int = 200,
        form: str = "",
        options: Sequence[str] = (),
    ) -> str:
        """Read a scalar as text of at most ``most`` characters; without a default it must be there.
        ``form``: a regular expression."""
        node = self._take(name)
        if node is None:
            if default is None:
                self.missing(name, " | ".join(options) or "必填", " | ".join(options) or "a value")
            return default or ""
        if not isinstance(node, yaml.ScalarNode) or node.tag == "tag:yaml.org,2002:null":
            self.wrong(node, "一个值", "one value", key=self._path(name))
            return default or ""
        value = str(node.value)
        if options and value not in options:
            listed = " | ".join(options)
            self.wrong(node, listed, listed, key=self._path(name), options=options)
        elif len(value) > most or (not value.isprintable() and "\n" not in value):
            self.wrong(
                node,
                f"至多 {most} 个可见字符",
                f"at most {most} printable characters",
                key=self._path(name),
            )
        elif form and not re.fullmatch(form, value):
            self.wrong(node, f"形如 {form}", f"the form {form}", key=self._path(name))
        return value

    def texts(self, name: str, *, most: int = 200, options: Sequence[str] = ()) -> tuple[str, ...]:
        """Read one value or a list of them."""
        node = self._take(name)
        if node is None:
            return ()
        texts: list[str] = []
        for at, item in enumerate(node.value if isinstance(node, yaml.SequenceNode) else [node]):
            path = (
                f"{self._path(name)}[{at}]"
                if isinstance(node, yaml.SequenceNode)
                else self._path(name)
            )
            if (
                not isinstance(item, yaml.ScalarNode)
                or len(item.value) > most
                or (options and item.value not in options)
            ):
                wanted = " | ".join(options) or f"至多 {most} 个字符的值"
                self.wrong(
                    item,
                    wanted,
                    " | ".join(options) or f"a value of at most {most} characters",
                    key=path,
                    options=options,
                )
            else:
                texts.append(str(item.value))
        return tuple(texts)

    def whole(self, name: str, low: int, high: int) -> int | None:
        """Read a whole number from ``low`` to ``high``; None when it is not there."""
        value = self._number(name, low, high, whole=True)
        return None if value is None else int(value)

    def number(self, name: str, low: float, high: float) -> float | None:
        """Read a number from ``low`` to ``high``; None when it is not there."""
        return self._number(name, low, high, whole=False)

    def flag(self, name: str) -> bool | None:
        """Read true or false; None when it is not there."""
        node = self._take(name)
        if node is None:
            return None
        if not isinstance(node, yaml.ScalarNode) or node.value not in ("true", "false"):
            self.wrong(node, "true | false", "true | false", key=self._path(name))
            return None
        return bool(node.value == "true")

    def duration(self, name: str) -> tuple[float, float]:
        """Read a duration as its least and most seconds: ``90``, ``90s``, ``1h30m``, ``2d``, or
        ``5s..30s``. Return (0, 0) when it is not there."""
        node = self._take(name)
        if node is None:
            return 0.0, 0.0
        text = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
        first, dots, last = text.partition("..")
        low = seconds_of(first.strip())
        high = seconds_of(last.strip()) if dots else low
        if low is None or high is None or high < low:
            self.wrong(
                node,
                "时长, 如 90s, 2h, 1h30m, 或 5s..30s",
                "a duration as 90s, 2h, 1h30m, or 5s..30s",
                key=self._path(name),
            )
            return 0.0, 0.0
        return low, high

    def table(self, name: str) -> Table | None:
        """Read a mapping; None when it is not there."""
        node = self._take(name)
        return None if node is None else Table(node, self._path(name), self._problems)

    def items(self, name: str, *, most: int = 100) -> Iterator[Table]:
        """Read a list of mappings, one after another."""
        node = self._take(name)
        if node is None:
            return
        if not isinstance(node, yaml.SequenceNode) or len(node.value) > most:
            self.wrong(
                node, f"列表, 至多 {most} 项", f"a list of at most {most}", key=self._path(name)
            )
            return
        for at, item in enumerate(node.value):
            yield Table(item, f"{self._path(name)}[{at}]", self._problems)

    def text_of(self, name: str) -> str:
        """Return the scalar as it stands; empty when there is none. Note no mistake."""
        node = self._take(name)
        return str(node.value) if isinstance(node, yaml.ScalarNode) else ""

    def _take(self, name: str) -> yaml.Node | None:
        self._asked[name] = None
        return self._values.get(name)

    def _path(self, name: str) -> str:
        return f"{self.key}.{name}" if self.key else name

    def _number(self, name: str, low: float, high: float, *, whole: bool) -> float | None:
        node = self._take(name)
        if node is None:
            return None
        text = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
        form = r"-?\d{1,18}" if whole else r"-?\d{1,15}(\.\d{1,9})?"
        value = float(text) if re.fullmatch(form, text, re.ASCII) else None
        if value is None or not low <= value <= high:
            self.wrong(
                node,
                f"{low:g} 到 {high:g} 的{'整数' if whole else '数'}",
                f"a {'whole ' if whole else ''}number from {low:g} to {high:g}",
                key=self._path(name),
            )
            return None
        return float(int(text)) if whole else value


def read(text: str, problems: list[Problem], *, most_bytes: int = MOST_BYTES) -> Table:
    """Return the mapping at the top of ``text``. Raise BadText when there is none."""
    if len(text.encode()) > most_bytes:
        raise BadText(
            [
                _at(
                    None,
                    f"{len(text.encode())} 字节",
                    f"至多 {most_bytes} 字节",
                    f"at most {most_bytes} bytes",
                )
            ]
        )
    text = joined(text)
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(
                event, yaml.CollectionEndEvent
            )
            if told := unfit(event, depth):
                raise BadText([_at(event.start_mark, *told)])
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadText([_at(mark, str(error.problem or error), "YAML", "YAML")]) from error
    except BadText:
        raise
    except (yaml.YAMLError, ValueError) as error:
        # ValueError: a date or an escape that does not exist.
        raise BadText([_at(None, str(error).splitlines()[0][:100], "YAML", "YAML")]) from error
    if not isinstance(node, yaml.MappingNode):
        raise BadText(
            [_at(node.start_mark if node else None, _said(node), "键: 值", "keys and values")]
        )
    return Table(node, "", problems)


def seconds_of(text: str) -> float | None:
    """Return the seconds of a duration; None when the text is none, or longer than a year."""
    match = _DURATION.fullmatch(text) if text else None
    if match is None:
        return None
    total = sum(
        float(part) * seconds
        for part, seconds in zip(match.groups("0"), (86_400, 3_600, 60, 1), strict=True)
    )
    return total if total <= LONGEST else None


def _at(mark: Any, found: str, zh: str, en: str) -> Problem:
    return Problem(
        line=mark.line + 1 if mark else 1,
        column=mark.column + 1 if mark else 1,
        key="(top)",
        found=found,
        wanted=zh,
        wanted_en=en,
    )


def _said(node: yaml.Node | None) -> str:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)[:100]
    return (
        "列表 a list"
        if isinstance(node, yaml.SequenceNode)
        else "键值 a mapping"
        if isinstance(node, yaml.MappingNode)
        else ""
    )
