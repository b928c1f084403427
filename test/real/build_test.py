"""test/real/build where Go is too old or fails: skipped and broken must never look alike."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

BUILD = Path(__file__).resolve().parent / "build"


class Build(unittest.TestCase):
    def run_with(self, version: str, build_exit: int = 0):
        with tempfile.TemporaryDirectory() as folder:
            go = Path(folder, "go")
            go.write_text(f'#!/bin/sh\n[ "$1" = env ] && echo {version} && exit 0\n'
                          f'echo compiling >&2\nexit {build_exit}\n')
            go.chmod(0o755)
            environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}",
                           "XDG_CACHE_HOME": f"{folder}/cache"}
            done = subprocess.run([str(BUILD)], env=environment, capture_output=True, text=True,
                                  check=False)
            left = [p.name for p in Path(folder, "cache/vsphere-syncer/real").glob("*")
                    if p.is_dir()]
            return done, left

    def test_old_go_is_skipped_with_one_clear_line(self):
        for version in ("go1.24.9", "go1.9", "gibberish"):
            done, left = self.run_with(version)
            self.assertEqual((done.returncode, done.stdout, left), (77, "", []), version)
            self.assertEqual(len(done.stderr.splitlines()), 1)
            self.assertIn("skipped: this machine has " + version, done.stderr)

    def test_failing_build_is_a_failure_and_leaves_nothing_behind(self):
        done, left = self.run_with("go1.26.1", build_exit=3)
        self.assertEqual((done.returncode, done.stdout, left), (3, "", []))
        self.assertIn("compiling", done.stderr)

    def test_finished_build_is_named_on_stdout(self):
        done, left = self.run_with("go1.25")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(Path(done.stdout.strip()).name, left[0])


if __name__ == "__main__":
    unittest.main()
