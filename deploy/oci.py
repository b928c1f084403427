"""An image in the layout of the Open Container Initiative, as one tar: the same bytes for the same files."""

import gzip
import hashlib
import io
import json
import platform
import tarfile
from pathlib import PurePosixPath

import rootfs

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
MEDIA = "application/vnd.oci.image."
NAME = "vsphere-syncer"


def layout(found: list[rootfs.Entry], version: str, epoch: int = 0) -> bytes:
    """The tar. Every time in it is `epoch`."""
    layer = tar_of(found, epoch)
    packed = gzip.compress(layer, mtime=0)
    config = _json({
        "architecture": ARCHITECTURES[platform.machine()], "os": "linux",
        "config": {"User": f"{rootfs.USER}:{rootfs.USER}", "Entrypoint": ["/" + rootfs.PROGRAM],
                   "ExposedPorts": {"2113/tcp": {}}, "WorkingDir": "/",
                   "Labels": {"org.opencontainers.image.title": NAME,
                              "org.opencontainers.image.version": version,
                              "org.opencontainers.image.licenses": "Apache-2.0"}},
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]}})
    manifest = _json({
        "schemaVersion": 2, "mediaType": MEDIA + "manifest.v1+json",
        "config": _descriptor("config.v1+json", config),
        "layers": [_descriptor("layer.v1.tar+gzip", packed)]})
    index = _json({
        "schemaVersion": 2, "mediaType": MEDIA + "index.v1+json",
        "manifests": [{**_descriptor("manifest.v1+json", manifest), "annotations": {
            "io.containerd.image.name": f"docker.io/library/{NAME}:{version}",
            "org.opencontainers.image.ref.name": version}}]})
    files = {"oci-layout": _json({"imageLayoutVersion": "1.0.0"}), "index.json": index}
    files |= {f"blobs/sha256/{_hash(blob)}": blob for blob in (config, manifest, packed)}
    return tar_of([rootfs.Entry(path, data) for path, data in sorted(files.items())], epoch)


def tar_of(found: list[rootfs.Entry], epoch: int) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        folders: set[str] = set()
        for entry in found:
            for parent in reversed(PurePosixPath(entry.path).parents[:-1]):
                if str(parent) not in folders:
                    folders.add(str(parent))
                    tar.addfile(_header(str(parent), epoch, tarfile.DIRTYPE, 0o755))
            if entry.target:
                header = _header(entry.path, epoch, tarfile.SYMTYPE, 0o777)
                header.linkname = entry.target
            else:
                header = _header(entry.path, epoch, tarfile.REGTYPE, rootfs.mode(entry))
                header.size = len(entry.data)
            tar.addfile(header, io.BytesIO(entry.data))
    return sink.getvalue()


def _header(path: str, epoch: int, kind: bytes, mode: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(path)
    header.type, header.mode, header.mtime = kind, mode, epoch
    return header


def _descriptor(kind: str, blob: bytes) -> dict:
    return {"mediaType": MEDIA + kind, "digest": _digest(blob), "size": len(blob)}


def _digest(blob: bytes) -> str:
    return "sha256:" + _hash(blob)


def _hash(blob: bytes) -> str:
    return hashlib.sha256(blob).hexdigest()


def _json(value: dict) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
