"""Prometheus metrics of one process; the registry is an object of its own, made by ``bootstrap``."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

BATCHES = (1, 2, 5, 10, 20, 50, 100, 200, 500)
STAGES = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400)
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """What is worth watching (``docs/operations``)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.accepted = Counter("eport_accepted_total", "Messages accepted", ["message_type"], registry=self.registry)
        self.refused = Counter("eport_refused_total", "Messages refused, by first finding code", ["code"], registry=self.registry)
        self.apart = Counter("eport_checked_apart_total", "Messages of batches that the process of customs checked", registry=self.registry)
        self.receipts = Counter("eport_receipts_total", "Messages of customs applied", ["message_type"], registry=self.registry)
        self.parked = Gauge("eport_parked", "Messages set aside for a person", registry=self.registry)
        self.waiting = Gauge("eport_outbox_messages", "Messages waiting for customs", registry=self.registry)
        self.oldest = Gauge("eport_outbox_oldest_seconds", "Age of the oldest waiting message", registry=self.registry)
        self.batch = Histogram("eport_batch_size", "Messages in one transaction", ["unit"], buckets=BATCHES, registry=self.registry)
        self.commit = Histogram("eport_commit_seconds", "Seconds of one write transaction", buckets=SECONDS, registry=self.registry)
        self.publish = Histogram("eport_publish_seconds", "Seconds from handing a batch to the broker to its confirm", buckets=SECONDS,
                                 registry=self.registry)
        self.stage = Histogram("eport_stage_seconds", "Business seconds from the status before to this one: the round trip by stage",
                               ["status"], buckets=STAGES, registry=self.registry)
        self.queue = Gauge("eport_queue_messages", "Submissions in memory waiting for their transaction", registry=self.registry)
        ProcessCollector(registry=self.registry)
        self.submit = Histogram("eport_submit_seconds", "Seconds from request to durable answer", buckets=SECONDS, registry=self.registry)

    def page(self) -> bytes:
        return generate_latest(self.registry)
