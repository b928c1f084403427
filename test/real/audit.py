"""What the syncer asked of the API server, from its audit log, and what of that it had no right to."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import cluster_setup

# What everybody may who has logged in: the cluster's own bindings of system:authenticated.
EVERYBODY = [
    ("authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews", "create"),
    ("authentication.k8s.io", "selfsubjectreviews", "create"),
]
EVERYBODY_READS = ("/api", "/apis", "/openapi", "/healthz", "/livez", "/readyz", "/version")


def read(log: Path) -> list[dict]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def title(event: dict) -> str:
    return f"{event['verb']} {urlsplit(event['requestURI']).path}"


def outside(events: list[dict], rights=cluster_setup.RIGHTS) -> list[str]:
    """Requests that neither these rights nor those of everybody cover, whatever was answered."""
    allowed = {(group, resource, verb) for group, resources, verbs in [*rights, *EVERYBODY]
               for resource in resources.split() for verb in verbs.split()}
    return sorted({title(event) for event in events
                   if not _public(event) and _asked(event) not in allowed})


def _asked(event: dict) -> tuple[str, str, str]:
    about = event.get("objectRef") or {}
    parts = (about.get("resource", ""), about.get("subresource", ""))
    return about.get("apiGroup", ""), "/".join(filter(None, parts)), event["verb"]


def _public(event: dict) -> bool:
    path = urlsplit(event["requestURI"]).path
    return (not event.get("objectRef") and event["verb"] == "get"
            and any(path == known or path.startswith(known + "/") for known in EVERYBODY_READS))
