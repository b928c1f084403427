"""The outage starts and ends when due, and is over only when the syncer has caught up."""
import unittest

from outage import SECONDS, Outage


class Servers:
    def __init__(self):
        self.done = []

    def stop_vcenter(self):
        self.done.append("stop")

    def start_vcenter(self):
        self.done.append("start")


class OutageTest(unittest.TestCase):
    def setUp(self):
        self.servers = Servers()
        self.outage = Outage(self.servers, lambda _: None, at=10)

    def test_stops_and_starts_once(self):
        for now in range(30):
            self.outage.step(now)
        self.assertEqual(self.servers.done, ["stop", "start"])

    def test_lasts_as_long_as_promised(self):
        self.outage.step(10)
        self.outage.step(10 + SECONDS - 0.1)
        self.assertTrue(self.outage.down)
        self.outage.step(10 + SECONDS)
        self.assertFalse(self.outage.down)

    def test_trouble_lasts_until_caught_up(self):
        self.outage.step(9)
        self.assertFalse(self.outage.troubled)
        self.outage.step(10)
        self.outage.observe(11, 0.0)
        self.outage.step(15)
        self.outage.observe(16, 6.0)
        self.assertTrue(self.outage.troubled)
        self.outage.observe(18, 0.2)
        self.assertFalse(self.outage.troubled)
        self.assertEqual(self.outage.caught_up_seconds, 3)


if __name__ == "__main__":
    unittest.main()
