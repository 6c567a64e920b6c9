"""What the file of a message puts into a form. It is read as any message is, and says nothing where
it is of another type, another enterprise or another register."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.base.web.pages.text import Words
from gateway.portal.fields import Form
from gateway.service import Gateway
from handlers.contract import Context
from schemas.catalogue import catalogue
from schemas.findings import Finding, Refused, compose

TYPE: Words = ("文件是另一种报文", "the file is a message of another type")
OWNER: Words = ("文件是另一家企业的", "the file is another enterprise's")
REGISTER: Words = ("文件是另一张单的", "the file is about another register")


def values_in(
    gateway: Gateway, body: bytes, context: Context, form: Form, base: Mapping[str, str]
) -> dict[str, str]:
    """Return what the message says of the open fields of a form, as the wire has it. ``base``: the
    form as it stands. Raise Refused for what cannot be used here."""
    submission = gateway.intake.reopened(body, context)
    filing, handler = submission.filing, submission.handler
    fields = filing.body.fields
    here, there = f"{form.message_type} {form.kind}", handler.facets(filing).kind
    if f"{filing.message_type} {there}" != here:
        raise Refused([_of_another("LOAD.01", TYPE, f"{filing.message_type} {there}", here)])
    owner = handler.enterprise(filing)
    if owner not in context.acts_for:
        raise Refused([_of_another("LOAD.02", OWNER, owner, ", ".join(sorted(context.acts_for)))])
    number = catalogue()[form.message_type].number
    if form.about and number and fields.get(number, "") != base.get(number, ""):
        raise Refused(
            [_of_another("LOAD.03", REGISTER, fields.get(number, ""), base.get(number, ""))]
        )
    return {
        each.key: (filing.parts.get(each.part, ({},))[0] if each.part else fields).get(
            each.name, ""
        )
        for each in form.entries
    }


def _of_another(code: str, words: Words, found: str, wanted: str) -> Finding:
    zh, en = words
    return compose(
        code=code,
        layer="rule",
        severity="error",
        zh=f"{zh}: {found}, 本表单是 {wanted}",
        en=f"{en}: {found}; this form is of {wanted}",
        hint_zh="表单没有改动; 请选择相符的文件",
        hint_en="the form is as it was; choose a file that fits",
        value=found,
        wanted=wanted,
    )
