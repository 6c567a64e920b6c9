"""What an approved document changes: the register, the enterprise's record, a statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from gateway.receipts.customs_reader import Item, Reading
from gateway.receipts.pushes import Gathered
from gateway.store.registers import Registers, newer
from handlers.contract import (
    Answer,
    AnswerHandler,
    Change,
    Push,
    RecordChange,
    RegisterChange,
    StatementAnswered,
)
from handlers.declaration import Declaration


class Changes:
    """What approvals change beside their declarations."""

    def __init__(self, answers: Mapping[str, AnswerHandler], registers: Registers) -> None:
        self._answers, self._registers = answers, registers

    def of(self, item: Item) -> Change | None:
        """Return what an approval with its document changes beside its declaration."""
        if not isinstance(item, Reading) or isinstance(item.content, Push):
            return None
        if not item.content.carries_document:
            return None
        return self._answers[item.message_type].on_answer(item.content)

    def apply(
        self,
        change: Change,
        message_type: str,
        answer: Answer,
        declaration: Declaration,
        unit: Gathered,
        mid: int,
        at: int,
    ) -> None:
        """Bring the registers up to date with an approved document."""
        loaded = unit.loaded
        match change:
            case RecordChange():
                loaded.records.append((mid, change.version, declaration.enterprise))
            case StatementAnswered():
                loaded.answered.append((change.number, change.version))
            case RegisterChange():
                push = Push(
                    code=message_type,
                    subject=change.subject,
                    filing=declaration.message_type,
                    enterprise=declaration.enterprise,
                    number=change.number,
                    asks=False,
                    change_no=change.change_no,
                    version=change.version,
                    mark=change.mark,
                    status=change.status,
                    fields=answer.fields,
                )
                known = loaded.of(change.subject).get(change.number)
                if change.number and (known is None or newer(push, known)):
                    seq_no = known.seq_no if known else declaration.seq_no
                    self._registers.replace(loaded, push, seq_no, mid, at)
            case _:
                assert_never(change)


def register_of(item: Item, change: Change | None) -> tuple[str, str]:
    """Return the register that a message may touch, as subject and number; empty for none."""
    if isinstance(change, RegisterChange):
        return change.subject, change.number
    if isinstance(item, Reading) and isinstance(item.content, Push):
        return item.content.subject, item.content.number
    return "", ""
