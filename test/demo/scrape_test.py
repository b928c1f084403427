"""The figures of the demo are those of the exposition."""
import unittest

from scrape import Metrics, quantile, since

TEXT = """# HELP vsphere_syncer_volumes Volumes by state.
# TYPE vsphere_syncer_volumes gauge
vsphere_syncer_volumes{state="in_sync",vc="a"} 7
vsphere_syncer_volumes{state="in_sync",vc="b"} 5
vsphere_syncer_volumes{state="failed",vc="a"} 1
vsphere_syncer_propagation_seconds_count{kind="pv",vc="a"} 4
vsphere_syncer_propagation_seconds_bucket{kind="pv",vc="a",le="0.001"} 1
vsphere_syncer_propagation_seconds_bucket{kind="pv",vc="a",le="+Inf"} 4
vsphere_syncer_propagation_seconds_bucket{kind="pod",vc="a",le="0.001"} 2
vsphere_syncer_propagation_seconds_bucket{kind="pod",vc="a",le="+Inf"} 2
vsphere_syncer_queue_depth 3
"""
INF = float("inf")


class Reading(unittest.TestCase):
    def test_sums_over_the_series_with_the_labels(self):
        metrics = Metrics(TEXT)
        self.assertEqual(metrics.volumes("in_sync"), 12)
        self.assertEqual(metrics.volumes("failed"), 1)
        self.assertEqual(metrics.volumes("pending"), 0)
        self.assertEqual(metrics.total("vsphere_syncer_queue_depth"), 3)

    def test_lag_adds_up_kinds(self):
        self.assertEqual(Metrics(TEXT).lag(), {0.001: 3, INF: 6})


class Quantiles(unittest.TestCase):
    def test_interpolates_within_the_bucket(self):
        buckets = {1.0: 50, 2.0: 100, INF: 100}
        self.assertAlmostEqual(quantile(buckets, 0.5), 1.0)
        self.assertAlmostEqual(quantile(buckets, 0.75), 1.5)
        self.assertAlmostEqual(quantile(buckets, 0.25), 0.5)

    def test_above_the_last_bound(self):
        self.assertEqual(quantile({1.0: 1, INF: 100}, 0.99), 1.0)

    def test_empty(self):
        self.assertIsNone(quantile({1.0: 0, INF: 0}, 0.5))
        self.assertIsNone(quantile({}, 0.5))

    def test_between_two_scrapes(self):
        self.assertEqual(since({1.0: 5, INF: 9}, {1.0: 2, INF: 3}), {1.0: 3, INF: 6})


if __name__ == "__main__":
    unittest.main()
