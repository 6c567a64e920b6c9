"""What the findings of the gateway mean, as the page that the ``type`` of its problems leads to."""

from __future__ import annotations

from gateway.base.web.explained import Explained, explained_page, of_catalogue
from handlers import registered
from handlers.contract import SubmissionHandler
from schemas.findings import CATALOGUE

PAGE = "/docs/findings"
WORDED = (
    Explained(
        "AUTH.04",
        "企业端的表单已过期或不是本系统的页面发出的",
        "the form is out of date, or no page of the portal sent it",
        "请刷新页面后重试",
        "reload the page and try again",
        403,
    ),
    Explained(
        "LOAD.01",
        "由 XML 填入的文件是另一种报文",
        "the file that was to fill a form is a message of another type",
        "请选择相符的文件, 或打开相应的表单",
        "choose a file that fits, or open the form that it is of",
        422,
    ),
    Explained(
        "LOAD.02",
        "由 XML 填入的文件是另一家企业的",
        "the file that was to fill a form is another enterprise's",
        "请选择相符的文件, 或打开相应的表单",
        "choose a file that fits, or open the form that it is of",
        422,
    ),
    Explained(
        "LOAD.03",
        "由 XML 填入的文件是另一张单的",
        "the file that was to fill a form is about another register",
        "请选择相符的文件, 或打开相应的表单",
        "choose a file that fits, or open the form that it is of",
        422,
    ),
    Explained(
        "X.05",
        "企业内部编号或统一编号已属于一份不能修改的申报",
        "the reference or the SeqNo is that of a filing that cannot be edited",
        "请换用新的企业内部编号, 或等退单后再改",
        "use a new reference, or change it after it was returned",
        409,
    ),
    Explained(
        "X.06",
        "申报的当前状态不能删除",
        "a declaration in this status cannot be withdrawn",
        "只能删除暂存、海关接收失败或退单的申报",
        "only a draft, a refused or a returned one can be withdrawn",
        409,
    ),
    Explained(
        "X.10",
        "暂存成功, 申报前还有需要补的项",
        "saved; there is more to complete before it can be declared",
        "各项见其余警告",
        "the other warnings name them",
        202,
    ),
)
"""Codes whose words are put together where they arise."""


def explained() -> list[Explained]:
    """Return every code that the gateway can answer with."""
    rules = [
        Explained(rule.id, rule.zh, rule.en, rule.hint_zh, rule.hint_en, rule.status)
        for handler in registered()
        if isinstance(handler, SubmissionHandler)
        for rule in (*handler.rules, *handler.held_rules)
    ]
    return [*of_catalogue(CATALOGUE.items()), *WORDED, *rules]


def findings_page() -> str:
    """Return the page."""
    return explained_page("网关检查结果 Findings of the gateway", explained())
