"""One vCenter outage, from its planned start until the syncer has caught up with what it missed."""

SECONDS = 5.0
CAUGHT_UP_AGE = 0.25  # of the oldest change that CNS has not acknowledged


class Outage:
    """`step` is called again and again with the time; it stops and starts the vCenter when due."""

    def __init__(self, servers, say, at, name="vCenter"):
        self._servers, self._say, self._at, self.name = servers, say, at, name
        self._down_since = self._up_since = None
        self.caught_up_seconds = None

    @property
    def down(self):
        return self._down_since is not None and self._up_since is None

    @property
    def troubled(self):
        """The lag of changes made now says nothing about quiet times."""
        return self._down_since is not None and self.caught_up_seconds is None

    def step(self, now):
        if self._down_since is None and now >= self._at:
            self._servers.stop_vcenter()
            self._down_since = now
            self._say(f"{self.name} goes away for {SECONDS:.0f} s")
        elif self.down and now >= self._down_since + SECONDS:
            self._servers.start_vcenter()
            self._up_since = now
            self._say(f"{self.name} is back")

    def observe(self, now, oldest_pending):
        if self.troubled and not self.down and oldest_pending < CAUGHT_UP_AGE:
            self.caught_up_seconds = now - self._up_since
            self._say(f"caught up {self.caught_up_seconds:.1f} s after it came back")
