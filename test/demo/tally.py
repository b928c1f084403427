"""Collects what the syncer reports over the demo: a sliding window for the live line, totals for the end."""
from collections import Counter, deque

import scrape

WINDOW_SECONDS = 10


class Tally:
    """Lag is kept apart for quiet times and for the time around the outage, until all is caught up."""

    def __init__(self):
        self.now = None  # the latest scrape
        self.quiet, self.troubled = Counter(), Counter()
        self._window = deque()
        self._last = {}

    def add(self, metrics, at, in_trouble):
        lag = metrics.lag()
        if self.now is not None:
            (self.troubled if in_trouble else self.quiet).update(scrape.since(lag, self._last))
        self._last, self.now = lag, metrics
        self._window.append((at, lag))
        while len(self._window) > 1 and self._window[0][0] < at - WINDOW_SECONDS:
            self._window.popleft()

    def recent(self, q):
        return scrape.quantile(scrape.since(self._window[-1][1], self._window[0][1]), q)

    def caught_up(self):
        return (self.now.total("vsphere_syncer_queue_depth") == 0
                and self.now.volumes("pending") == 0 and self.now.volumes("unknown") == 0)

    def counts(self):
        return {state: self.now.volumes(state)
                for state in ("in_sync", "pending", "failed", "unknown")}
