"""Certificates for the servers of one run, made with the openssl program."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

DAYS = "2"


@dataclass(frozen=True)
class Pair:
    cert: Path
    key: Path


def openssl(*args: str) -> None:
    done = subprocess.run(["openssl", *args], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {args[0]} failed: {done.stderr.strip()}")


class Authority:
    """A certificate authority that lives in `folder` and signs servers and clients."""

    def __init__(self, folder: Path, name: str):
        self._folder = folder
        self.pair = Pair(folder / f"{name}.pem", folder / f"{name}-key.pem")
        new_key(self.pair.key)
        openssl("req", "-x509", "-new", "-key", str(self.pair.key), "-subj", f"/CN={name}",
                "-days", DAYS, "-out", str(self.pair.cert),
                "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def server(self, name: str, address: str = "127.0.0.1", days: str = DAYS) -> Pair:
        """For a server on loopback, by address or as localhost. A negative number: expired."""
        return self._sign(name, f"/CN={name}", "extendedKeyUsage=serverAuth\n"
                          f"subjectAltName=IP:{address},DNS:localhost\n", days)

    def client(self, user: str, group: str) -> Pair:
        return self._sign(user, f"/O={group}/CN={user}", "extendedKeyUsage=clientAuth\n")

    def _sign(self, name: str, subject: str, extensions: str, days: str = DAYS) -> Pair:
        pair = Pair(self._folder / f"{name}.pem", self._folder / f"{name}-key.pem")
        request, extension_file = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        new_key(pair.key)
        openssl("req", "-new", "-key", str(pair.key), "-subj", subject, "-out", str(request))
        extension_file.write_text("basicConstraints=CA:FALSE\n" + extensions)
        openssl("x509", "-req", "-in", str(request), "-CA", str(self.pair.cert),
                "-CAkey", str(self.pair.key), "-CAcreateserial", "-days", days,
                "-extfile", str(extension_file), "-out", str(pair.cert))
        request.unlink()
        extension_file.unlink()
        return pair


def new_key(path: Path) -> None:
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(path))
    path.chmod(0o600)


def public_key(private: Path, public: Path) -> None:
    openssl("ec", "-in", str(private), "-pubout", "-out", str(public))
