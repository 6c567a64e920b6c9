"""JSON from strangers: strict, of one meaning, and only with values that every reader can hold."""

from __future__ import annotations

import difflib
import json
import re
from typing import Any, TypeVar

import msgspec
import msgspec.inspect

from gateway.base.web.asked import storable

Shape = TypeVar("Shape")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_CHINESE = (
    (re.compile(r"JSON is malformed: .*\(byte (\d+)\)"), r"第 \1 字节处不合 JSON 语法"),
    (re.compile(r"Input data was truncated"), "内容不完整"),
    (re.compile(r"'utf-8' codec can't decode .*|Invalid UTF-8.*"), "不是 UTF-8"),
    (re.compile(r"Object missing required field `([^`]*)`"), r"缺少成员 \1"),
    (re.compile(r"Object contains unknown field `([^`]*)`"), r"不认识的成员 \1"),
    (re.compile(r"Expected `([^`]*)`, got `([^`]*)`"), r"应为 \1 类型, 现为 \2 类型"),
    (re.compile(r" - at `([^`]*)`"), r" (位于 \1)"),
)
"""What the decoder says, in Chinese; anything else stays as it is."""
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
        zh, en = _meant(str(error), shape)
        raise BadJson(f"{_in_chinese(str(error))}{zh}", f"{error}{en}") from None
    except RecursionError:
        raise BadJson("嵌套过深", "it is nested too deep") from None
    except BadJson:
        raise
    except ValueError as error:  # digits beyond what a whole number may have
        raise BadJson(str(error), str(error)) from None
    return value


def _in_chinese(said: str) -> str:
    for pattern, words in _CHINESE:
        said = pattern.sub(words, said)
    return said


def _meant(said: str, shape: Any) -> tuple[str, str]:
    """Return the member that an unknown one was probably meant to be; empty for nothing like it."""
    unknown = _UNKNOWN.search(said)
    if unknown is None:
        return "", ""
    near = difflib.get_close_matches(unknown[1].lower()[:64], sorted(_members(shape)), n=1)
    return (f"; 是否想写 {near[0]}?", f"; did you mean {near[0]}?") if near else ("", "")


def _members(shape: Any) -> set[str]:
    """Return the names of all members of a shape and of what it holds."""
    found: set[str] = set()
    waiting, seen = [msgspec.inspect.type_info(shape)], set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, msgspec.inspect.StructType):
            if each.cls in seen:
                continue
            seen.add(each.cls)
            found |= {field.encode_name for field in each.fields}
            waiting += [field.type for field in each.fields]
        elif isinstance(each, msgspec.inspect.UnionType):
            waiting += each.types
        elif isinstance(each, msgspec.inspect.ListType | msgspec.inspect.VarTupleType):
            waiting.append(each.item_type)
    return found


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
