"""Intake: the consumer of the queue to customs. Runs batches as units, and says what becomes of
each message. Decides nothing about a filing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from customs_sim.flow.arrival import reason_of, set_aside
from customs_sim.flow.batch import Batch, MessageFailed, Taking, failed
from customs_sim.office.office import Office
from gateway.base.batching import halving
from gateway.base.errors import CommitUnknown, DataRefused, Unavailable
from gateway.base.message import Message
from gateway.base.ports import Disposition, wait

log = logging.getLogger("eport.customs.intake")


class Intake:
    """Takes deliveries. One per process. ``on_batch`` is told the size of each batch after its
    commit."""

    def __init__(self, office: Office, on_batch: Callable[[int], None] | None = None) -> None:
        self._office, self._on_batch = office, on_batch

    async def take(self, deliveries: Sequence[Sequence[Message]]) -> list[list[Disposition]]:
        """Take several deliveries in one unit (``Batcher`` calls this). Return dispositions per
        delivery, in order. Never raise."""
        messages = [message for delivery in deliveries for message in delivery]
        try:
            results = await halving(messages, self._take)
        except (Unavailable, CommitUnknown) as error:
            log.warning(
                "the store is not reachable (%s); %d messages will be offered again",
                error,
                len(messages),
                extra={"action": "customs_unavailable"},
            )
            results = [wait(self._office.settings.unavailable_after, str(error))] * len(messages)
        dispositions = iter(
            [
                (
                    await self._refused(message, result)
                    if isinstance(result, BaseException)
                    else result
                )
                for message, result in zip(messages, results, strict=True)
            ]
        )
        return [[next(dispositions) for _ in delivery] for delivery in deliveries]

    async def take_parked(self, message: Message, reason: str) -> None:
        """Enter a message that the broker set aside into the list of customs. The same message
        twice is one row."""
        await self._office.perform(
            lambda work: work.park(
                direction="in",
                message_id=message.id,
                scope="",
                reason=reason,
                body=message.body,
                tries=message.attempts,
            )
        )

    async def again(self, message: Message, before: Callable[[Connection], None]) -> Disposition:
        """Take one message that was set aside, in one transaction with ``before``. Raise what the
        store raises."""
        (said,) = await self._take([message], before)
        return said

    async def _take(
        self, messages: Sequence[Message], before: Callable[[Connection], None] | None = None
    ) -> list[Disposition]:
        """Take messages in one unit. Raise DataRefused when one of them carries what the database
        cannot store."""
        batch = Batch(messages, before)
        while True:
            try:
                said = await self._office.perform(
                    lambda work: Taking(self._office, work, batch).take()
                )
                if self._on_batch:
                    self._on_batch(len(messages))
                return said
            except MessageFailed as one:
                batch.failed[one.at] = one.reason
            except (Unavailable, CommitUnknown, DataRefused):
                raise
            except Exception as error:
                # A driver's own error, or still a conflict after several runs: a message carries
                # what cannot be stored.
                log.exception(
                    "a batch of %d failed; will look for the message",
                    len(messages),
                    extra={"action": "batch_failed"},
                )
                raise DataRefused(f"{type(error).__name__}: {error}") from error

    async def _refused(self, message: Message, error: BaseException) -> Disposition:
        """Return what becomes of a message that the database refuses even alone."""
        said = failed(message, reason_of(error), self._office.settings)
        if said.reason:
            try:
                await self._office.perform(lambda work: set_aside(work, message, None, said.reason))
            except Exception:
                log.exception(
                    "message %s could not even be parked here",
                    message.id,
                    extra={"action": "park_failed"},
                )
        return said
