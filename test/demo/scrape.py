"""Reads /metrics and answers what the demo shows: counts by state, lag quantiles, progress."""
import re
import urllib.request
from collections import defaultdict

_SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'(\w+)="((?:\\.|[^"\\])*)"')
LAG = "vsphere_syncer_propagation_seconds"


class Metrics:
    """One scrape: the samples of each name as (labels, value)."""

    def __init__(self, text):
        self._samples = defaultdict(list)
        for line in text.splitlines():
            match = _SAMPLE.fullmatch(line)
            if match:
                labels = dict(_LABEL.findall(match[2] or ""))
                self._samples[match[1]].append((labels, float(match[3])))

    def total(self, name, **wanted):
        """The sum over all series of the name that carry these labels."""
        return sum(value for labels, value in self._samples[name]
                   if all(labels.get(k) == v for k, v in wanted.items()))

    def volumes(self, state):
        return int(self.total("vsphere_syncer_volumes", state=state))

    def lag(self, **wanted):
        """Cumulative counts by upper bound, over all vCenters and kinds that carry these labels."""
        buckets = defaultdict(float)
        for labels, value in self._samples[LAG + "_bucket"]:
            if all(labels.get(k) == v for k, v in wanted.items()):
                buckets[float(labels["le"].replace("+Inf", "inf"))] += value
        return dict(buckets)


def fetch(port):
    """The scrape, or None while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            return Metrics(answer.read().decode())
    except OSError:
        return None


def since(now, before):
    """What a histogram counted between two scrapes."""
    return {bound: count - before.get(bound, 0) for bound, count in now.items()}


def quantile(buckets, q):
    """The q-quantile in seconds, interpolated within its bucket; None of an empty histogram.

    What lies above the last bound is reported as that bound: the histogram knows no more.
    """
    bounds = sorted(buckets)
    if not bounds or buckets[bounds[-1]] <= 0:
        return None
    rank = q * buckets[bounds[-1]]
    below, below_count = 0.0, 0.0
    for bound in bounds:
        if buckets[bound] >= rank:
            if bound == float("inf"):
                return below
            inside = buckets[bound] - below_count
            return below + (bound - below) * ((rank - below_count) / inside if inside else 1)
        below, below_count = bound, buckets[bound]
    return below
