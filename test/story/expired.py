"""A vCenter whose certificate has expired: files for syncer-sim, made before it starts."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "real"))

from certs import Authority  # noqa: E402


def second_vcenter(folder: Path) -> None:
    """The servers' identities as syncer-sim keeps them; that of the second vCenter ended yesterday."""
    authority = Authority(folder, "authority")
    authority.pair.cert.rename(folder / "ca.pem")
    authority.pair = type(authority.pair)(folder / "ca.pem", authority.pair.key)
    for name, address, days in (("server", "127.0.0.1", "2"), ("server-2", "127.0.0.2", "-1")):
        pair = authority.server(name, address, days)
        pair.key.rename(folder / f"{name}.key")
    (folder / "token").write_text("sim-0123456789abcdef")
