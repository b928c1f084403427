"""The other side of the demo: our simulators, or the real servers."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "story"))

from backend_real import RealBackend, build_servers  # noqa: E402
from backend_sim import SimBackend  # noqa: E402
from screen import bar  # noqa: E402
from world import NAMESPACES, World  # noqa: E402


class Simulators(SimBackend):
    """syncer-sim with a cluster of every kind of volume that it makes up itself."""

    def __init__(self, options, folder, _screen):
        flags = ["--mixed"] if options.mixed else []
        if options.vcenters > 1:
            flags += [f"--vcenters={options.vcenters}", "--volume-infos=half"]
        super().__init__(folder / "servers", options.sim, True, options.volumes, tuple(flags))

    def kinds(self):
        """How many of each kind there are, for people."""
        names = {"dynamic": "block", "static": "static", "files": "on file shares",
                 "in_tree": "in-tree", "inline": "inline in pods", "ephemeral": "ephemeral",
                 "foreign": "of other drivers"}
        found = self.summary["kinds"]
        return ", ".join(f"{found[kind]} {name}" for kind, name in names.items() if found[kind])

    def stop_vcenter(self):
        self.vcenter("gone", {"on": True})

    def start_vcenter(self):
        self.vcenter("gone", {"on": False})


class RealServers(RealBackend):
    hosts = ["127.0.0.1"]

    def __init__(self, options, folder, screen):
        super().__init__(folder / "servers", NAMESPACES, True, False, build_servers())
        self._volumes, self._screen = options.volumes, screen

    def __enter__(self):
        super().__enter__()
        try:
            world = World(self.kube, self._volumes)
            self.create_volumes([served.handle for served in world.served])
            world.populate(lambda done, total: self._screen.live(
                f"volumes with claims and pods {bar(done, total)}"))
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *exception):
        self.start_vcenter()  # A stopped process does not hear that it should end.
        return super().__exit__(*exception)

    def kinds(self):
        return f"{self._volumes} block"

    def stop_vcenter(self):
        self._rig.pause_vcenter()

    def start_vcenter(self):
        self._rig.resume_vcenter()
