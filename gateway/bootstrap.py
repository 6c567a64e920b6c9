"""The composition root of the gateway: the only place that knows which adapter stands behind which
port."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

from gateway.base.chance import seeded
from gateway.base.clock.business import SystemClock
from gateway.base.ports import Broker, Clock, Observer
from gateway.base.relay import Relay
from gateway.base.settings import Settings
from gateway.base.store.migrations import upgrade
from gateway.base.store.sql import SqlStore
from gateway.checks.elsewhere import Elsewhere
from gateway.checks.intake import Intake
from gateway.checks.standard import standard_intake
from gateway.filing.deciding import Deciding
from gateway.filing.dispatch import Dispatch
from gateway.filing.installation import ids_of
from gateway.filing.missing_pockets import Gaps
from gateway.filing.outbox import Outbox
from gateway.filing.pockets import Assembly
from gateway.filing.refusals import Refusals
from gateway.filing.register_view import RegisterView
from gateway.filing.repeats import Repeats
from gateway.filing.submission import Submissions
from gateway.queries.documents import Documents
from gateway.queries.queries import Queries
from gateway.receipts.customs_reader import CustomsReader
from gateway.receipts.parked import ParkedMessages
from gateway.receipts.reception import Reception
from gateway.receipts.undeliverable import Reports
from gateway.service import Gateway, Metrics
from gateway.store.demo import DEMO
from gateway.store.keys import Access
from gateway.store.numbers import BLOCK, Numbers
from gateway.store.registers import Registers
from gateway.store.registry import Registry
from gateway.store.registry import seed as enter
from gateway.store.sql import Sql
from handlers import registered
from handlers.contract import AnswerHandler, PushHandler, SubmissionHandler
from schemas.codes import CodeLists
from schemas.xml import Limits, XmlReader
from schemas.xsd import SchemaSet

TO_CUSTOMS = "eport.customs"


def make_intake(
    settings: Settings, *, reader: XmlReader, schemas: SchemaSet, codes: CodeLists
) -> Intake:
    """Return the checks, which need no store: `eport validate` works with them too."""
    return standard_intake(settings.customs_node, reader=reader, schemas=schemas, codes=codes)


def customs_reader(
    settings: Settings,
    salt: bytes,
    *,
    reader: XmlReader | None = None,
    schemas: SchemaSet | None = None,
) -> CustomsReader:
    """Return what opens customs' messages; it needs no store. ``salt``: the installation's mark, by
    which it knows its own ids."""
    return CustomsReader(
        reader=reader or XmlReader(Limits(size=settings.max_body), mislabelled=True),
        schemas=schemas or SchemaSet(),
        salt=salt,
        handlers=[h for h in registered() if isinstance(h, AnswerHandler | PushHandler)],
    )


def make_gateway(
    settings: Settings,
    *,
    open_store: Callable[[Observer], SqlStore],
    broker: Broker,
    clock: Clock,
    alone: bool,
    demo: bool = True,
    wall: Clock | None = None,
    elsewhere: Elsewhere | None = None,
) -> Gateway:
    """Build a gateway on a store and a broker.

    ``alone``: no other process shares the store. ``demo`` seeds the demo registry. ``wall`` (the
    system's clock unless a test gives another) paces resending and waiting: a frozen ``clock`` must
    not hold them up. ``elsewhere`` also checks files of batches.
    """
    wall = wall or SystemClock()
    metrics = Metrics()
    store = open_store(metrics)
    upgrade(store, side="gateway", package="gateway.store")
    seed = settings.seed
    ids = store.write_here(
        lambda c: ids_of(c, secrets.token_bytes(32) if seed is None else seeded(seed, "salt"))
    )
    if demo:
        store.write_here(lambda c: enter(c, DEMO))
    reader = XmlReader(Limits(size=settings.max_body))
    schemas, codes = SchemaSet(), CodeLists(imported=settings.codelists)
    tolerant = XmlReader(
        reader.limits, mislabelled=True
    )  # for what stands in the archive, customs' messages among it
    sql, numbers = (
        Sql(store.dialect),
        Numbers(
            store,
            block=BLOCK if settings.seed is None else 1,
            seeded=settings.seed is not None,
            wall=wall,
        ),
    )
    intake = make_intake(settings, reader=reader, schemas=schemas, codes=codes)
    dispatch = Dispatch(ids=ids, node=settings.customs_node)
    outbox = Outbox(
        store=store, sql=sql, reader=reader, dispatch=dispatch, clock=clock, wall=wall, alone=alone
    )
    relay = Relay(broker, TO_CUSTOMS, outbox, most=settings.batch, observer=metrics)
    documents = Documents(tolerant)
    registry, queries = Registry(store), Queries(store, documents)
    registers = Registers(store.dialect, documents.fields_in, documents.lines_in)
    deciding = Deciding(RegisterView(store.dialect, registers), intake, Repeats(sql, reader))
    whole = Submissions(
        store=store,
        sql=sql,
        numbers=numbers,
        relay=relay,
        clock=clock,
        wall=wall,
        dispatch=dispatch,
        deciding=deciding,
        batch=settings.batch,
        on_batch=metrics.batch.labels("submission").observe,
        on_taken=metrics.taken,
    )
    submissions = Assembly(
        whole,
        store=store,
        sql=sql,
        numbers=numbers,
        relay=relay,
        reader=reader,
        clock=clock,
        wall=wall,
        dispatch=dispatch,
        deciding=deciding,
        on_batch=metrics.batch.labels("submission").observe,
        on_taken=metrics.taken,
    )
    customs = customs_reader(settings, ids.salt, reader=tolerant, schemas=schemas)
    reception = Reception(
        store=store,
        sql=sql,
        numbers=numbers,
        registers=registers,
        registry=registry,
        reader=customs,
        reports=Reports(sql, customs, ids.salt),
        ids=ids,
        relay=relay,
        broker=broker,
        clock=clock,
        wall=wall,
        answers={h.code: h for h in registered() if isinstance(h, AnswerHandler)},
        submissions=[h for h in registered() if isinstance(h, SubmissionHandler)],
        deadline=settings.not_yet_deadline,
        on_batch=metrics.batch.labels("reception").observe,
        on_applied=metrics.applied,
        on_moved=metrics.moved,
    )
    return Gateway(
        settings=settings,
        store=store,
        sql=sql,
        clock=clock,
        wall=wall,
        broker=broker,
        submissions=submissions,
        dispatch=dispatch,
        outbox=outbox,
        relay=relay,
        reception=reception,
        queries=queries,
        access=Access(store, registry),
        registry=registry,
        codes=codes,
        refusals=Refusals(
            store=store, sql=sql, numbers=numbers, clock=clock, kept=settings.refusals_kept
        ),
        metrics=metrics,
        intake=intake,
        parked=ParkedMessages(store, reception),
        gaps=Gaps(store, sql, settings.pocket_wait),
        alone=alone,
        elsewhere=elsewhere,
    )


async def warm(gateway: Gateway) -> None:
    """Load what explaining a refusal needs, in a thread; a model of its own (75 ms) is built at the
    first refusal of a type."""
    await asyncio.to_thread(gateway.intake.explainer.model, "package")
