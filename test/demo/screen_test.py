"""A terminal sees a line redrawn; a pipe sees a line every five seconds and no control codes."""
import io
import unittest

from screen import Screen, bar, duration


class Terminal(io.StringIO):
    def isatty(self):
        return True


class ScreenTest(unittest.TestCase):
    def setUp(self):
        self.now = 0.0

    def test_a_terminal_line_is_redrawn(self):
        out = Terminal()
        screen = Screen(out, lambda: self.now)
        screen.live("one")
        screen.live("two")
        screen.say("done")
        self.assertEqual(out.getvalue(), "one\r\x1b[Ktwo\r\x1b[Kdone\n")

    def test_a_pipe_gets_a_line_every_five_seconds(self):
        out = io.StringIO()
        screen = Screen(out, lambda: self.now)
        for second in range(11):
            self.now = float(second)
            screen.live(str(second))
        self.assertEqual(out.getvalue(), "0\n5\n10\n")

    def test_bar(self):
        self.assertIn("#" * 15 + "." * 15, bar(50, 100))
        self.assertIn("#" * 30 + "]", bar(0, 0))

    def test_durations(self):
        self.assertEqual([duration(s) for s in (None, 0.0042, 1.74)], ["-", "4.2 ms", "1.7 s"])


if __name__ == "__main__":
    unittest.main()
