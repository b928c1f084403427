#!/usr/bin/env python3
"""The instruments of black_hole.py: lag from outside, turns of the edits, the silent name server."""

import socket
import struct
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "story"))

from dark_dns import answer_to, question_of  # noqa: E402
from edits import Edit, Editor, Volume, lags_ms, quantile_of  # noqa: E402


def query(name: str, kind: int = 1) -> bytes:
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return struct.pack("!6H", 77, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)


def update(volume, accepted_ms, applied_ms):
    return {"volume": volume, "accepted_ns": int(accepted_ms * 1e6), "applied_ns": int(applied_ms * 1e6)}


def edit(volume, sent_ms, answered_ms):
    return Edit(volume, int(sent_ms * 1e6), int(answered_ms * 1e6))


class LagTest(unittest.TestCase):
    def test_from_the_answer_to_the_first_update_accepted_after_the_edit(self):
        updates = [update("a", 30, 33), update("a", 4, 6.5), update("b", 1, 3), update("a", 90, 93)]
        lags, missed = lags_ms([edit("a", 2, 3), edit("a", 20, 21)], updates)
        self.assertEqual((lags, missed), ([3.5, 12.0], 0))

    def test_an_edit_without_update_is_missed_and_not_a_sample(self):
        self.assertEqual(lags_ms([edit("a", 5, 6), edit("c", 1, 2)], [update("a", 4, 6)]), ([], 2))

    def test_an_update_may_be_accepted_before_the_answer_is_read(self):
        self.assertEqual(lags_ms([edit("a", 5, 9)], [update("a", 8, 10)]), ([1.0], 0))

    def test_quantiles(self):
        self.assertEqual([quantile_of(list(range(100)), q) for q in (0, 0.5, 0.99, 1)], [0, 50, 99, 99])


class Recorder:
    def __init__(self):
        self.paths = []

    def request(self, verb, path, body, content_type):
        self.paths.append((path, body))


class EditorTest(unittest.TestCase):
    def test_every_volume_has_every_kind_of_edit_in_turn(self):
        for count in (2, 3, 4):
            kube = Recorder()
            editor = Editor(kube, [Volume(f"h{i}", f"pv{i}", f"/claims/{i}", f"/pods/{i}")
                                   for i in range(count)])
            made = [editor.edit().volume for _ in range(3 * count)]
            self.assertEqual(made, [f"h{i}" for i in range(count)] * 3)
            self.assertEqual(len({path for path, _ in kube.paths}), 3 * count, kube.paths)

    def test_a_pod_that_runs_ends_and_one_that_ended_runs(self):
        kube = Recorder()
        editor = Editor(kube, [Volume("h", "pv", "/claims/c", "/pods/p")])
        for _ in range(6):
            editor.edit()
        phases = [body["status"]["phase"] for path, body in kube.paths if path == "/pods/p/status"]
        self.assertEqual(phases, ["Succeeded", "Running"])


class NameServerTest(unittest.TestCase):
    def test_the_question_is_read(self):
        name, kind, question = question_of(query("Vc.Example", 28))
        self.assertEqual((name, kind, len(question)), ("vc.example", 28, 16))

    def test_what_is_no_query_is_refused(self):
        for broken in (b"", b"\0" * 12, query("vc.example")[:-1], query("vc.example")[:15]):
            with self.assertRaises(ValueError):
                question_of(broken)

    def test_an_address_is_answered_and_nothing_for_other_types(self):
        asked = query("vc.example")
        reply = answer_to(asked, "127.0.0.3")
        self.assertEqual(struct.unpack_from("!6H", reply), (77, 0x8580, 1, 1, 0, 0))
        self.assertTrue(reply.startswith(asked[12:], 12))
        self.assertEqual(socket.inet_ntoa(reply[-4:]), "127.0.0.3")
        self.assertEqual(struct.unpack_from("!6H", answer_to(query("vc.example", 28), "127.0.0.3"))[3], 0)


if __name__ == "__main__":
    unittest.main()
