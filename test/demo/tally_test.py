"""What is counted between two scrapes goes to the time it belongs to."""
import unittest

from scrape import Metrics, quantile
from tally import Tally


def metrics(fast, slow, pending=0, queue=0):
    """`fast` changes within 10 ms, `slow` ones within 10 s."""
    bucket = 'vsphere_syncer_propagation_seconds_bucket{vc="a",kind="pv",le="%s"} %d\n'
    return Metrics(bucket % ("0.01", fast) + bucket % ("10", fast + slow)
                   + bucket % ("+Inf", fast + slow)
                   + f'vsphere_syncer_volumes{{vc="a",state="pending"}} {pending}\n'
                   + f'vsphere_syncer_queue_depth{{vc="a"}} {queue}\n')


class TallyTest(unittest.TestCase):
    def test_trouble_is_kept_apart(self):
        tally = Tally()
        tally.add(metrics(1, 0), 0, False)
        tally.add(metrics(5, 0), 1, False)
        tally.add(metrics(5, 9), 2, True)
        self.assertLessEqual(quantile(tally.quiet, 0.99), 0.01)
        self.assertGreater(quantile(tally.troubled, 0.5), 0.01)

    def test_the_window_forgets(self):
        tally = Tally()
        tally.add(metrics(0, 0), 0, False)
        tally.add(metrics(0, 9), 1, False)
        self.assertGreater(tally.recent(0.5), 0.01)
        for second in range(12, 24):
            tally.add(metrics(second, 9), second, False)
        self.assertLessEqual(tally.recent(0.99), 0.01)

    def test_caught_up(self):
        tally = Tally()
        tally.add(metrics(1, 0, pending=1), 0, False)
        self.assertFalse(tally.caught_up())
        tally.add(metrics(1, 0, queue=1), 1, False)
        self.assertFalse(tally.caught_up())
        tally.add(metrics(1, 0), 2, False)
        self.assertTrue(tally.caught_up())


if __name__ == "__main__":
    unittest.main()
