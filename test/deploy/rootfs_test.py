"""The image: what is in it, that the same input gives the same bytes, and that all ways to it agree."""

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEPLOY = HERE.parents[1] / "deploy"
sys.path.insert(0, str(DEPLOY))

import oci  # noqa: E402
import rootfs  # noqa: E402

LICENSE = DEPLOY.parent / "LICENSE"
PROGRAM = Path(shutil.which("ls"))  # Stands in for ours: a program with shared libraries of packages.
BUNDLE_PATH = "etc/ssl/certs/ca-certificates.crt"


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.bundle = Path(cls.folder.name, "bundle.pem")
        cls.bundle.write_text("authorities\n")
        cls.found = rootfs.entries(PROGRAM, LICENSE, cls.bundle)
        cls.tar = oci.layout(cls.found, "1.2.3", epoch=86400)

    def blobs(self) -> dict[str, bytes]:
        with tarfile.open(fileobj=io.BytesIO(self.tar)) as tar:
            return {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}

    def test_libraries_lie_where_the_loader_looks(self):
        paths = {entry.path for entry in self.found}
        loader, libc = (next(p for p in paths if re.search(name, p)) for name in (r"/ld-linux", r"/libc\.so"))
        self.assertTrue(Path("/", loader).exists() and Path("/", libc).exists())
        self.assertTrue(next(e for e in self.found if e.path == loader).executable)

    def test_every_library_has_its_package_and_license(self):
        paths = {entry.path for entry in self.found}
        for package in ("libc6", "ca-certificates"):
            self.assertIn(f"var/lib/dpkg/status.d/{package}", paths)
            self.assertIn(f"usr/share/doc/{package}/copyright", paths)

    def test_there_is_a_user_without_a_shell_and_no_shell(self):
        passwd = next(e for e in self.found if e.path == "etc/passwd").data.decode()
        self.assertRegex(passwd, r"(?m)^nonroot:x:65532:65532:.*:/sbin/nologin$")
        self.assertEqual([e.path for e in self.found if e.path.startswith(("bin/", "usr/bin/"))],
                         [rootfs.PROGRAM])

    def test_a_missing_library_is_an_error(self):
        with self.assertRaises(subprocess.CalledProcessError):
            rootfs.entries(LICENSE, LICENSE, self.bundle)

    def test_folder_and_layer_hold_the_same(self):
        tree = Path(self.folder.name, "tree")
        rootfs.write(self.found, tree)
        blobs = self.blobs()
        manifest = json.loads(blobs[self.blob_of(json.loads(blobs["index.json"])["manifests"][0])])
        layer = gzip.decompress(blobs[self.blob_of(manifest["layers"][0])])
        with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
            members = tar.getmembers()
            for member in members:
                path = tree / member.name
                if member.isfile():
                    self.assertEqual(path.read_bytes(), tar.extractfile(member).read())
                    self.assertEqual(path.stat().st_mode & 0o7777, member.mode)
                elif member.issym():
                    self.assertEqual(os.readlink(path), member.linkname)
                self.assertEqual((member.uid, member.gid, member.mtime), (0, 0, 86400))
        self.assertEqual(sorted(member.name for member in members),
                         sorted(str(path.relative_to(tree)) for path in tree.rglob("*")))

    def blob_of(self, descriptor: dict) -> str:
        return "blobs/" + descriptor["digest"].replace(":", "/")

    def test_every_blob_has_the_name_of_its_digest_and_is_referred_to(self):
        blobs = self.blobs()
        index = json.loads(blobs.pop("index.json"))
        self.assertEqual(json.loads(blobs.pop("oci-layout")), {"imageLayoutVersion": "1.0.0"})
        for name, data in blobs.items():
            self.assertEqual(name, "blobs/sha256/" + hashlib.sha256(data).hexdigest())
        manifest = json.loads(blobs[self.blob_of(index["manifests"][0])])
        config = json.loads(blobs[self.blob_of(manifest["config"])])
        referred = [index["manifests"][0], manifest["config"], *manifest["layers"]]
        self.assertEqual(sorted(self.blob_of(each) for each in referred), sorted(blobs))
        for each in referred:
            self.assertEqual(len(blobs[self.blob_of(each)]), each["size"])
        layer = gzip.decompress(blobs[self.blob_of(manifest["layers"][0])])
        self.assertEqual(config["rootfs"]["diff_ids"], ["sha256:" + hashlib.sha256(layer).hexdigest()])

    def test_the_same_files_give_the_same_bytes(self):
        again = rootfs.entries(PROGRAM, LICENSE, self.bundle)
        self.assertEqual(oci.layout(again, "1.2.3", epoch=86400), self.tar)
        self.bundle.write_text("other authorities\n")
        other = rootfs.entries(PROGRAM, LICENSE, self.bundle)
        self.bundle.write_text("authorities\n")
        self.assertNotEqual(oci.layout(other, "1.2.3", epoch=86400), self.tar)

    def test_the_dockerfile_says_the_same_as_the_image(self):
        blobs = self.blobs()
        manifest = json.loads(blobs[self.blob_of(json.loads(blobs["index.json"])["manifests"][0])])
        config = json.loads(blobs[self.blob_of(manifest["config"])])["config"]
        final = (DEPLOY / "Dockerfile").read_text().rpartition("FROM scratch")[2]
        said = dict(line.split(" ", 1) for line in final.split("\n") if line)
        self.assertEqual(said, {
            "COPY": "--from=build /rootfs/ /", "USER": config["User"],
            "EXPOSE": next(iter(config["ExposedPorts"])), "ENTRYPOINT": json.dumps(config["Entrypoint"])})


if __name__ == "__main__":
    unittest.main()
