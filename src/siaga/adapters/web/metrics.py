"""Figures for Prometheus. One registry per application, so that two applications in one process do not collide."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

ANSWER_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Tally:
    """A histogram of one task's seconds that costs half a microsecond; Prometheus' own, with its lock, costs ten times
    that, which the panic path would feel. Only for the event loop's thread.
    """

    def __init__(self, name: str, meaning: str, registry: CollectorRegistry) -> None:
        self._name = name
        self._meaning = meaning
        self._counts = [0] * (len(ANSWER_SECONDS) + 1)
        self._sum = 0.0
        registry.register(self)

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self._counts)

    def observe(self, seconds: float) -> None:
        """One more."""
        self._counts[bisect_left(ANSWER_SECONDS, seconds)] += 1
        self._sum += seconds

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """What Prometheus asks of a collector."""
        below = accumulate(self._counts)
        buckets = [(str(bound), total) for bound, total in zip((*ANSWER_SECONDS, "+Inf"), below, strict=True)]
        yield HistogramMetricFamily(self._name, self._meaning, buckets=buckets, sum_value=self._sum)


class CountedBy:
    """A counter with labels that costs as little; see Tally."""

    def __init__(self, name: str, meaning: str, labels: Sequence[str], registry: CollectorRegistry) -> None:
        self._name = name
        self._meaning = meaning
        self._labels = labels
        self._counts: dict[tuple[str, ...], int] = {}
        registry.register(self)

    def add(self, *values: str) -> None:
        """One more with these label values."""
        self._counts[values] = self._counts.get(values, 0) + 1

    def collect(self) -> Iterator[CounterMetricFamily]:
        """What Prometheus asks of a collector."""
        family = CounterMetricFamily(self._name, self._meaning, labels=self._labels)
        for values, count in self._counts.items():
            family.add_metric(values, count)
        yield family


class Metrics:
    """What this process counts."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.requests = CountedBy(
            "siaga_requests", "Requests answered, without the panic path", ("method", "status"), registry
        )
        self.request_seconds = Tally("siaga_request_seconds", "Time to answer a request", registry)
        self.unexpected = Counter("siaga_unexpected_errors", "Answers with status 500", registry=registry)
        self.panic_took = Tally(
            "siaga_panic_seconds", "Time from a panic press to its durable answer", registry
        )
        self.panic = Counter(
            "siaga_panic_refused",
            "Panic presses that were not recorded, by answer",
            ["answer"],
            registry=registry,
        )
        self.sign_ins = Counter(
            "siaga_sign_ins", "Sign-ins by how they ended", ["outcome"], registry=registry
        )
        self.listeners = Gauge("siaga_live_listeners", "Open live streams", registry=registry)
        self.resyncs = Counter(
            "siaga_live_resyncs", "Times streams were told to fetch everything again", registry=registry
        )
        self.cut = Counter(
            "siaga_live_cut", "Streams cut because their reader was too slow", registry=registry
        )
        self.journal_position = Gauge(
            "siaga_journal_position", "Last journal position told to screens", registry=registry
        )
        self.writer_batches = Gauge(
            "siaga_writer_batches", "Durable transactions since start", registry=registry
        )
        self.writer_recorded = Gauge(
            "siaga_writer_recorded", "Change sets recorded since start", registry=registry
        )

    def exposition(self) -> tuple[bytes, bytes]:
        """The text Prometheus reads, and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST.encode()
