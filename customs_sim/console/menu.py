"""The main menu of the desk."""

from __future__ import annotations

from gateway.base.web.pages.menu import Group, Link

MENU: tuple[Group, ...] = (
    Group(
        words=("办理", "Work"),
        links=(
            Link(href="/today", words=("今日", "Today")),
            Link(href="/", words=("工作列表", "Work list"), also=("/cases",), count="waiting"),
            Link(href="/levies", words=("征收单", "Levies")),
            Link(href="/payments", words=("缴款", "Payments"), count="suspense"),
            Link(href="/guarantees", words=("总担保", "Guarantees")),
            Link(href="/statements", words=("对账单", "Statements")),
        ),
    ),
    Group(
        words=("查看", "Look up"),
        links=(
            Link(href="/messages", words=("报文", "Messages")),
            Link(href="/parked", words=("死信", "Parked"), count="parked", warns=True),
            Link(href="/audit", words=("操作记录", "Audit")),
        ),
    ),
    Group(
        words=("模拟", "Simulate"),
        links=(
            Link(href="/scenarios", words=("场景与故障", "Scenarios and faults")),
            Link(href="/expectations", words=("预期", "Expectations")),
            Link(href="/clock", words=("时钟", "Clock")),
        ),
    ),
    Group(
        words=("管理", "Manage"),
        links=(
            Link(href="/enterprises", words=("企业", "Enterprises")),
            Link(href="/operators", words=("密钥", "Keys"), role="tester"),
            Link(href="/control/docs", words=("接口文档", "API")),
        ),
    ),
)
