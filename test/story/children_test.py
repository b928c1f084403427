"""Children: ended for sure, missed when they die, and never on a client's port."""

import tempfile
import unittest
from pathlib import Path

from children import Child, ChildDied, free_port, wait_until


class Children(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log = Path(folder.name, "log")

    def child(self, script: str) -> Child:
        child = Child("it", ["sh", "-c", script], self.log)
        self.addCleanup(child.kill)
        return child

    def said(self, text: str) -> None:
        wait_until(text, lambda: text in self.log.read_text(), 10, every=0.01)

    def test_stop_takes_the_exit_code_of_a_clean_goodbye(self):
        child = self.child("trap 'exit 5' TERM; echo up; while :; do sleep 0.01; done")
        self.said("up")
        self.assertEqual(child.stop(), 5)

    def test_stop_kills_what_does_not_listen(self):
        child = self.child("trap '' TERM; echo up; while :; do sleep 0.01; done")
        self.said("up")
        self.assertEqual(child.stop(grace=0.05), -9)

    def test_death_is_noticed_with_the_end_of_the_log(self):
        child = self.child("echo last words; exit 3")
        wait_until("end", lambda: child.exit_code() is not None, 10, every=0.01)
        with self.assertRaisesRegex(ChildDied, "it ended with 3(.|\n)*last words"):
            child.must_run()

    def test_running_child_is_no_error(self):
        self.child("sleep 60").must_run()

    def test_ports_lie_outside_the_range_of_clients(self):
        first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
        self.assertLess(max(free_port() for _ in range(50)), first)

    def test_wait_until_names_what_did_not_come(self):
        with self.assertRaisesRegex(TimeoutError, "spring: not within 0 s"):
            wait_until("spring", lambda: False, 0)


if __name__ == "__main__":
    unittest.main()
