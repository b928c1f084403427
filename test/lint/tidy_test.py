"""The cache key of a tidy result changes with everything that could change the result."""
import os
import tempfile
import unittest

import tidy


class Fingerprint(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.source = self.write("a.cc", '#include "room/a.h"\nint a;\n')
        self.write("room/a.h", '#include "room/b.h"\n')
        self.write("room/b.h", "int b;\n")
        self.write("room/unrelated.h", "int c;\n")
        self.command = f"c++ -I{self.root} -c a.cc"

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def key(self, surroundings=b"v1"):
        return tidy.fingerprint(self.source, self.command, surroundings)

    def test_stays_when_nothing_it_reaches_changes(self):
        before = self.key()
        self.write("room/unrelated.h", "int d;\n")
        self.assertEqual(self.key(), before)

    def test_changes_with_the_file(self):
        before = self.key()
        self.write("a.cc", '#include "room/a.h"\nint z;\n')
        self.assertNotEqual(self.key(), before)

    def test_changes_with_a_header_two_includes_away(self):
        before = self.key()
        self.write("room/b.h", "int z;\n")
        self.assertNotEqual(self.key(), before)

    def test_changes_with_the_command_and_the_surroundings(self):
        before = self.key()
        self.assertNotEqual(self.key(b"v2"), before)
        self.command += " -DNDEBUG"
        self.assertNotEqual(self.key(), before)


if __name__ == "__main__":
    unittest.main()
