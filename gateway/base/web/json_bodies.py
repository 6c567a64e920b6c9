"""JSON from strangers: strict, of one meaning, and only with values that every reader can hold."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec

from gateway.base.web.asked import storable

Shape = TypeVar("Shape")
LARGEST = 2**63 - 1
"""The largest whole number that a column holds."""


class BadJson(ValueError):
    """The text is not the JSON that is wanted. ``zh`` and ``en`` say why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def decoded(content: bytes, shape: type[Shape]) -> Shape:
    """Return the JSON ``content`` as ``shape``. Raise BadJson for anything else, for a member that
    stands twice, and for numbers and texts that no store takes."""
    if not content.strip():
        raise BadJson("空", "empty")
    try:
        value = msgspec.json.decode(content, type=shape)
        _look_at(json.loads(content, object_pairs_hook=_unique))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadJson(str(error), str(error)) from None
    except RecursionError:
        raise BadJson("嵌套过深", "it is nested too deep") from None
    except BadJson:
        raise
    except ValueError as error:  # digits beyond what a whole number may have
        raise BadJson(str(error), str(error)) from None
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise BadJson(f"成员 {name[:64]!r} 出现两次", f"member {name[:64]!r} stands twice")
        made[name] = value
    return made


def _look_at(value: Any) -> None:
    stack = [("$", value)]
    while stack:
        path, each = stack.pop()
        if isinstance(each, dict):
            stack += [(f"{path}.{name[:64]}", inner) for name, inner in each.items()]
            stack += [(path, name) for name in each]
        elif isinstance(each, list):
            stack += [(f"{path}[{at}]", inner) for at, inner in enumerate(each)]
        elif isinstance(each, str) and not storable(each):
            raise BadJson(
                f"{path} 的文字含有 NUL, 应为可见字符",
                f"the text at {path} has NUL, which no store takes; wanted printable",
            )
        elif isinstance(each, int) and not -LARGEST <= each <= LARGEST:
            raise BadJson(f"{path} 的数字过大", f"the number at {path} is too large")
