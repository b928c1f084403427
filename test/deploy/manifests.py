"""Renders deploy/ with the kustomize that go.mod pins, on the installation in controller.yaml."""

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
DEPLOY = HERE.parents[1] / "deploy"
INSTALLATION = HERE / "controller.yaml"
MIN_GO = 25


def read(path: Path) -> list[dict]:
    return list(yaml.safe_load_all(path.read_text()))


def go() -> str | None:
    """The Go of this machine if it can build kustomize. Never one that it would download."""
    program = shutil.which("go", path=os.environ["PATH"] + ":/usr/local/go/bin:/usr/lib/go/bin")
    if program is None:
        return None
    version = subprocess.run([program, "env", "GOVERSION"], env=_environment(), cwd="/",
                             capture_output=True, text=True, check=True).stdout
    minor = version.removeprefix("go1.").partition(".")[0].strip()
    return program if minor.isdigit() and int(minor) >= MIN_GO else None


def render(folder: Path) -> list[dict]:
    """What `kubectl apply -k` would send. RuntimeError with the reason when it cannot be rendered."""
    done = subprocess.run([_kustomize(), "build", str(folder)], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return list(yaml.safe_load_all(done.stdout))


def render_with(*components: str, installation: str | None = None, **more) -> list[dict]:
    """The installation with components of deploy/; `more` goes into its kustomization."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "controller.yaml").write_text(installation or INSTALLATION.read_text())
        Path(folder, "kustomization.yaml").write_text(yaml.safe_dump({
            "resources": ["controller.yaml"],
            "components": [os.path.relpath(DEPLOY / name, folder) for name in components], **more}))
        return render(Path(folder))


def container(objects: list[dict], name: str) -> dict:
    """The one container of that name, wherever it is."""
    found = [each for thing in objects for each in _containers(thing) if each["name"] == name]
    if len(found) != 1:
        raise LookupError(f"{len(found)} containers {name}")
    return found[0]


def _containers(thing: dict) -> list[dict]:
    return thing.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])


@functools.cache
def _kustomize() -> str:
    """Built once; the compiler's cache makes the next time short."""
    done = subprocess.run(["nice", go(), "tool", "-n", "kustomize"], cwd=HERE, env=_environment(),
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout.strip()


def _environment() -> dict[str, str]:
    return {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly", "GOWORK": "off",
            "CGO_ENABLED": "0"}
