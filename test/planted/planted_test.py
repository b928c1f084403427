"""The patches of scripts/planted-bugs still fit the sources, and say which test catches them."""
import re
import subprocess
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


class Planted(unittest.TestCase):
    def test_one_for_each_rule(self):
        rules = {patch.name.split("-")[0] for patch in HERE.glob("*.patch")}
        self.assertEqual(rules, {f"5.{rule:02}" for rule in range(1, 11)})

    def test_each_applies_and_names_its_test(self):
        for patch in sorted(HERE.glob("*.patch")):
            with self.subTest(patch.name):
                self.assertRegex(patch.read_text(), re.compile(r"^Caught by: \w+ --gtest_filter=\S+$", re.M))
                done = subprocess.run(["git", "apply", "--check", str(patch)], cwd=ROOT,
                                      capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
