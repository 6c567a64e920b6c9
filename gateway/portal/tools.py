"""The bar above a form, in the order of the manual: 新增 暂存 申报 修改 删除 打印, then XML out and
in. A button that cannot be used says why."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.base.web.addresses import segment
from gateway.base.web.pages.text import Words, halves
from gateway.portal.fields import Form
from gateway.portal.page import HOME
from gateway.queries.shapes import DeclarationOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One button.

    Attributes:
        act: What the form is sent with, and the name of the button.
        href: Where it leads, for one that sends nothing.
        reason: Why it cannot be used; empty where it can.
        keys: The keys that do the same.
    """

    act: str
    words: Words
    href: str = ""
    reason: Words = ("", "")
    keys: str = ""


NEVER: Words = ("", "")


def tools_of(form: Form, name: str, filing: DeclarationOut | None) -> list[Tool]:
    """Return the bar of the form ``name``; ``filing``: the one that is corrected by it."""
    place = f"{HOME}/declarations/{segment(filing.seq_no)}" if filing else ""
    offers = {each.action: each for each in filing.actions} if filing else {}
    may_delete = "delete" in offers and offers["delete"].enabled
    return [
        Tool(
            act="new",
            words=("新增", "New"),
            keys="Ctrl+N",
            href="" if form.about else f"{HOME}/{name}",
            reason=("请先在查询中选中一行", "choose a row of the query first")
            if form.about
            else NEVER,
        ),
        Tool(act="save", words=("暂存", "Save"), keys="Ctrl+S"),
        Tool(act="declare", words=("申报", "Declare"), keys="Ctrl+Enter"),
        Tool(
            act="edit",
            words=("修改", "Edit"),
            reason=("正在修改", "it is open for editing")
            if filing
            else ("还没有暂存, 直接填写即可", "nothing is saved yet; just fill it in"),
        ),
        Tool(
            act="delete",
            words=("删除", "Delete"),
            href=f"{place}/delete" if may_delete else "",
            reason=NEVER
            if may_delete
            else _why_not(filing, offers["delete"].reason if "delete" in offers else None),
        ),
        Tool(
            act="print",
            words=("打印", "Print"),
            href=f"{place}?print=1" if filing else "",
            reason=NEVER if filing else ("暂存后可以打印", "it can be printed once it is saved"),
        ),
        Tool(act="xml", words=("导出 XML", "Export XML")),
    ]


def _why_not(filing: DeclarationOut | None, reason: str | None) -> Words:
    if filing is None:
        return "还没有暂存, 没有可删除的", "nothing is saved yet"
    if reason:
        return halves(reason)
    return "征收单由海关下发, 不能删除", "a levy is customs' own and cannot be deleted"
