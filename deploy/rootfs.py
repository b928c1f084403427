"""What the image holds: the program, what it needs to run, and what must be said about these files.

The one list of them. build-rootfs makes a folder or an image of it, and the Dockerfile calls that.
"""

import re
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

USER = 65532
PROGRAM = "bin/vsphere-syncer"
CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")

TEXTS = {
    "etc/passwd": f"root:x:0:0:root:/root:/sbin/nologin\n"
                  f"nonroot:x:{USER}:{USER}:nonroot:/nonexistent:/sbin/nologin\n",
    "etc/group": f"root:x:0:\nnonroot:x:{USER}:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
# Where OpenSSL of Debian looks for the authorities that it trusts by default.
LINKS = {"usr/lib/ssl/cert.pem": "/etc/ssl/certs/ca-certificates.crt"}
# Packages of which something is in the image without a library: headers alone, and the bundle.
WITHOUT_LIBRARY = {"ca-certificates", "libcli11-dev", "libprotozero-dev", "nlohmann-json3-dev"}


@dataclass(frozen=True)
class Entry:
    """A file, or a symbolic link when there is a target. Folders follow from the paths."""

    path: str
    data: bytes = b""
    executable: bool = False
    target: str = ""


def entries(program: Path, license_file: Path, ca_bundle: Path = CA_BUNDLE) -> list[Entry]:
    """In the order of their paths. Fails when a shared library or its package is not found."""
    libraries = shared_libraries(program)
    found = [Entry(PROGRAM, stripped(program), executable=True),
             Entry("etc/ssl/certs/ca-certificates.crt", ca_bundle.read_bytes()),
             Entry("usr/share/doc/vsphere-syncer/copyright", license_file.read_bytes())]
    found += [Entry(path, text.encode()) for path, text in TEXTS.items()]
    found += [Entry(path, target=target) for path, target in LINKS.items()]
    found += [Entry(str(path).lstrip("/"), path.read_bytes(), executable=_is_executable(path))
              for path in libraries]
    for package in sorted({package_of(path) for path in libraries} | WITHOUT_LIBRARY):
        found += about(package)
    return sorted(found, key=lambda entry: entry.path)


def shared_libraries(program: Path) -> list[Path]:
    """All that the loader would map, itself included, by the names under which it looks for them."""
    text = _output("ldd", str(program))
    if missing := re.findall(r"^\s*(\S+) => not found", text, re.MULTILINE):
        raise LookupError(f"{program} needs {', '.join(missing)}")
    return sorted(Path(path) for path in re.findall(r"(?:=> |^\s*)(/\S+) \(0x", text, re.MULTILINE))


def stripped(program: Path) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, program.name)
        _output("strip", "--strip-all", "-o", str(copy), str(program))
        return copy.read_bytes()


def package_of(path: Path) -> str:
    """The Debian package; its database may know a file by the name from before /usr was merged."""
    names = {str(path), str(path.resolve()), re.sub("^/usr", "", str(path.resolve())), f"/usr{path}"}
    done = subprocess.run(["dpkg-query", "--search", *sorted(names)], capture_output=True, text=True,
                          check=False)
    packages = {line.split(":")[0] for line in done.stdout.splitlines() if not line.startswith("diversion")}
    if len(packages) != 1:
        raise LookupError(f"{path} is of {len(packages)} packages: {done.stdout}{done.stderr}")
    return packages.pop()


def about(package: str) -> list[Entry]:
    """Its license, and its record in the form in which scanners look for it in small images."""
    record = _output("dpkg-query", "--status", package)
    license_text = Path("/usr/share/doc", package, "copyright").read_bytes()
    return [Entry(f"usr/share/doc/{package}/copyright", license_text),
            Entry(f"var/lib/dpkg/status.d/{package}", record.encode())]


def write(found: list[Entry], folder: Path) -> None:
    """Makes the tree in a folder that must not exist yet."""
    folder.mkdir(parents=True)
    for entry in found:
        path = folder / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if entry.target:
            path.symlink_to(entry.target)
        else:
            path.write_bytes(entry.data)
            path.chmod(mode(entry))
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)


def mode(entry: Entry) -> int:
    return 0o755 if entry.executable else 0o644


def size(found: list[Entry]) -> int:
    return sum(len(entry.data) for entry in found)


def _is_executable(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IXUSR)


def _output(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}).stdout
