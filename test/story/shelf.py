"""Which stories there are, and what other side each is told to."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import admin
import cluster
import commands
import configuring
import drifting
import election
import failing
import nodes
import privileges
import rights
import rotation
import scale
import screens
import trigger
import vcenters
import view
import walk
import world
from backend_sim import SimBackend
from chapters import Story
from kinds import Kinds
from kinds_sim import SimKinds
from storm import StormyStory
from telling import Telling

LIFE_VOLUMES = 200


@dataclass(frozen=True)
class OnTheShelf:
    backend: Callable  # (options, folder): a context manager
    telling: Callable[..., Telling]  # (options, backend, syncer, say)
    real: bool = False  # can be told to the real servers, too


def servers(namespaces: tuple[str, ...], machines: bool = False):
    """An empty cluster, simulated or real."""

    def make(options, folder: Path):
        if options.backend == "sim":
            return SimBackend(folder, options.sim.resolve(), options.watchlist, namespaces=namespaces)
        from backend_real import RealBackend, build_servers
        return RealBackend(folder, namespaces, options.watchlist, options.in_use_protection,
                           build_servers(), RealBackend.most_machines if machines else 0)

    return make


def generated(volumes: int, *flags: str):
    """A cluster that is there from the start. Simulated."""

    def make(options, folder: Path):
        return SimBackend(folder, options.sim.resolve(), options.watchlist,
                          options.volumes or volumes, flags)

    return make


def real_servers(options, folder: Path):
    if options.backend == "sim":
        raise SystemExit("this story needs a program made with Go, and is for the real servers alone")
    return servers(())(options, folder)


def real_servers_with_machines(options, folder: Path):
    if options.backend == "sim":
        raise SystemExit("this story takes rights away, and is for the real servers alone")
    return servers(("default",), machines=True)(options, folder)


def plain(kind: type[Telling]):
    return lambda options, backend, syncer, say: kind(backend, syncer, say)


def life(options, backend, syncer, say) -> Telling:
    kind = StormyStory if options.backend == "sim" else Story
    return kind(backend, syncer, options.volumes or LIFE_VOLUMES, options.watchlist, say)


def registered(options, backend, syncer, say) -> Telling:
    return nodes.Nodes(backend, syncer, backend.most_machines, say)


def kinds(options, backend, syncer, say) -> Telling:
    return (SimKinds if options.backend == "sim" else Kinds)(backend, syncer, say)


STORIES = {
    "life": OnTheShelf(servers(world.NAMESPACES), life, real=True),
    "kinds": OnTheShelf(servers(cluster.NAMESPACES), kinds, real=True),
    "election": OnTheShelf(real_servers, plain(election.Election), real=True),
    "admin": OnTheShelf(generated(admin.VOLUMES), plain(admin.Admin)),
    "drift": OnTheShelf(generated(drifting.VOLUMES), plain(drifting.Drifting)),
    "nodes": OnTheShelf(servers(("default",), machines=True), registered, real=True),
    "rights": OnTheShelf(real_servers_with_machines, plain(rights.Rights), real=True),
    "trigger": OnTheShelf(servers(world.NAMESPACES), plain(trigger.Trigger), real=True),
    "vcenters": OnTheShelf(generated(vcenters.VOLUMES, *vcenters.FLAGS), plain(vcenters.Vcenters)),
    **{name: OnTheShelf(generated(view.VOLUMES, "--mixed"), plain(kind))
       for name, kind in view.TURNS.items()},
    "commands": OnTheShelf(generated(commands.VOLUMES, "--mixed", "--drifted"),
                           plain(commands.Commands)),
    "config": OnTheShelf(generated(configuring.VOLUMES, *configuring.FLAGS),
                         plain(configuring.Configuring)),
    "privileges": OnTheShelf(generated(privileges.VOLUMES), plain(privileges.Privileges)),
    "screens": OnTheShelf(generated(screens.VOLUMES), plain(screens.Screens)),
    "rotation": OnTheShelf(generated(rotation.VOLUMES), plain(rotation.Rotation)),
    "drifted": OnTheShelf(generated(scale.VOLUMES, "--mixed", "--drifted", f"--poison={scale.POISON}"),
                          plain(scale.Drifted)),
    "failing": OnTheShelf(generated(failing.VOLUMES, "--drifted"), plain(failing.Failing)),
    "walk": OnTheShelf(generated(walk.VOLUMES, "--mixed", "--drifted"), plain(walk.Walk)),
    "quiet": OnTheShelf(generated(scale.VOLUMES, "--mixed", "--in-sync"), plain(scale.Quiet)),
}
