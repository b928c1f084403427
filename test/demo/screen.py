"""What the viewer sees: one line that is redrawn on a terminal, or a line now and then in a pipe."""
import shutil
import time

PIPE_SECONDS = 5
BAR = 30


class Screen:
    def __init__(self, stream, clock=time.monotonic):
        self._stream, self._clock = stream, clock
        self._terminal = stream.isatty()
        self._live = False
        self._shown = None

    def say(self, text=""):
        """Lines that stay."""
        self._erase()
        print(text, file=self._stream, flush=True)
        self._shown = None

    def live(self, text):
        """A line that the next one replaces. In a pipe most are left out."""
        if self._terminal:
            width = shutil.get_terminal_size().columns
            self._erase()
            self._stream.write(text[:width - 1])
            self._stream.flush()
            self._live = True
        elif self._shown is None or self._clock() - self._shown >= PIPE_SECONDS:
            print(text, file=self._stream, flush=True)
            self._shown = self._clock()

    def _erase(self):
        if self._live:
            self._stream.write("\r\x1b[K")
            self._live = False


def bar(done, total):
    filled = BAR if total == 0 else BAR * min(done, total) // total
    return "[" + "#" * filled + "." * (BAR - filled) + f"] {done}/{total}"


def duration(seconds):
    """'-', '4.2 ms' or '1.7 s'."""
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"


def table(rows):
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:{width}}  {value}" for name, value in rows)
