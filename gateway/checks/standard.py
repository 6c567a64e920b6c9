"""The checks as this program has them: those of every registered message type. Needs no store, so
`eport validate` starts with nothing else."""

from __future__ import annotations

from gateway.checks.intake import Intake
from handlers import registered
from handlers.contract import AnswerHandler, PushHandler, SubmissionHandler
from schemas.codes import CodeLists
from schemas.explain import Explainer
from schemas.xml import XmlReader
from schemas.xsd import SchemaSet


def standard_intake(
    receiver: str, *, reader: XmlReader, schemas: SchemaSet, codes: CodeLists
) -> Intake:
    """Return the checks of messages to ``receiver``, the DXP id of customs."""
    return Intake(
        reader=reader,
        schemas=schemas,
        explainer=Explainer(schemas),
        codes=codes,
        handlers=[h for h in registered() if isinstance(h, SubmissionHandler)],
        other_types=[h.code for h in registered() if isinstance(h, AnswerHandler | PushHandler)],
        receiver=receiver,
    )
