"""A question that is asked back before an act that cannot be undone. It is a page of its own, so
that it works without script: the form again, with what will happen in one sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from gateway.base.web.pages.text import Words

SURE, OFFERED = "sure", "offered"
"""The field that says that the question was answered, and that of a ready text, which is filled in
and still to be sent."""

UNTYPED = ("csrf", "back", "form", SURE, OFFERED)
LONGEST, MOST = 300, 12
"""Characters and fields that are shown of a form that is to be sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked back.

    Attributes:
        title: What is to be done.
        lines: What will happen, one sentence each.
        button: What the button that does it says.
        danger: Whether the act takes something away.
        wanted: The field of the form that must be filled in for it; empty for none.
        label: What that field is called.
        day: The field of the form that takes a day; empty for none. ``given_day``: what it has at
            first.
        offered: Ready texts for it, Chinese and English. A case's reasons go out in Chinese.
        carried: Fields that go with the answer: name and value.
        again: Whether the form itself is to be sent once more: its own question is still to come.
    """

    title: Words
    lines: tuple[Words, ...] = ()
    button: Words
    danger: bool = False
    wanted: str = ""
    label: Words = ("", "")
    day: str = ""
    day_label: Words = ("", "")
    given_day: str = ""
    offered: tuple[Words, ...] = ()
    carried: tuple[tuple[str, str], ...] = ()
    again: bool = False


Ask = Callable[[web.Request], Awaitable[Question | None]]
"""Returns the question that a form raises; None where it may be done at once."""


def asking(act: Words, then: Words, *, named: str = "", field: str = "") -> Ask:
    """Return what asks before an act that takes something away.

    ``named``: the part of the path that says what it is about; ``field``: the field of the form
    that does.
    """

    async def ask(request: web.Request) -> Question:
        about = request.match_info[named] if named else str((await request.post()).get(field, ""))
        zh, en = act
        return Question(
            title=(f"{zh} {about}?", f"{en} {about}?"), lines=(then,), button=act, danger=True
        )

    return ask


def sent_again(form: Mapping[str, str], by: Words | None = None) -> Question:
    """Return the question whether a form that lost its token is to be sent once more; it shows what
    was typed, and ``by`` whom it is sent."""
    typed = [f"{name}: {value}" for name, value in form.items() if value and name not in UNTYPED]
    shown = [text if len(text) <= LONGEST else f"{text[:LONGEST]}…" for text in typed[:MOST]]
    return Question(
        title=("表单已过期, 再次发出?", "The form is out of date. Send it again?"),
        lines=(
            (
                "浏览器的标识已失效 (Cookie 被清除或已过期), 没有办理任何事。填写的内容还在:",
                "The browser lost its token (cookies were cleared or ran out); nothing was done."
                " What was typed is still there:",
            ),
            *((text, text) for text in shown),
            *([(f"将以此名义发出: {by[0]}", f"It will be sent by: {by[1]}")] if by else []),
        ),
        button=("再次发出", "Send again"),
        again=True,
    )


async def answered(request: web.Request, question: Question) -> bool:
    """Return whether the form answers the question: it is sure, and says what is wanted."""
    form = await request.post()
    given = form.get(question.wanted, "") if question.wanted else "-"
    filled = isinstance(given, str) and bool(given.strip())
    return form.get(SURE) == "yes" and filled and OFFERED not in form


async def fields_of(request: web.Request, question: Question) -> list[tuple[str, str]]:
    """Return the fields of the form that the page of the question carries on."""
    form = await request.post()
    own = (SURE, OFFERED, question.wanted, question.day) if not question.again else ()
    asked = ("csrf", *own, *(name for name, _ in question.carried))
    sent = [
        (name, value)
        for name, value in form.items()
        if isinstance(value, str) and name not in asked
    ]
    return [*sent, *question.carried]
