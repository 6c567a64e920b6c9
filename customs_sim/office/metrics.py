"""Prometheus metrics of one customs process; the registry is an object of its own, made by the
node."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

BATCHES = (1, 2, 5, 10, 20, 50, 100, 200, 500)
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """What is worth watching (``docs/operations``). Gauges are read from the store when the page is
    asked for."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.received = Counter(
            "eport_customs_received_total",
            "Deliveries to customs, by what became of them; a repeat is one more `ack`",
            ["verdict"],
            registry=self.registry,
        )
        self.batch = Histogram(
            "eport_customs_batch_size",
            "Messages in one transaction",
            buckets=BATCHES,
            registry=self.registry,
        )
        self.commit = Histogram(
            "eport_customs_commit_seconds",
            "Seconds of one write transaction",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.publish = Histogram(
            "eport_customs_publish_seconds",
            "Seconds from handing answers to the broker to its confirm",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.parked = Gauge(
            "eport_customs_parked", "Messages set aside for a person", registry=self.registry
        )
        self.waiting = Gauge(
            "eport_customs_outbox_messages",
            "Answers waiting for the gateway",
            registry=self.registry,
        )
        self.oldest = Gauge(
            "eport_customs_outbox_late_seconds",
            "Seconds since the oldest waiting answer fell due",
            registry=self.registry,
        )
        self.worklist = Gauge(
            "eport_customs_worklist_cases", "Cases that wait for a decision", registry=self.registry
        )
        ProcessCollector(registry=self.registry)

    def committed(self, seconds: float) -> None:
        """Take the time of a write transaction (``Observer``)."""
        self.commit.observe(seconds)

    def published(self, seconds: float) -> None:
        """Take the time of a hand-over (``Observer``)."""
        self.publish.observe(seconds)

    def page(self) -> bytes:
        """Return the metrics page."""
        return generate_latest(self.registry)
