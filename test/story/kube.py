"""A minimal Kubernetes REST client: JSON over TLS, a token or a client certificate."""

import http.client
import json
import ssl
import threading
import urllib.parse
from pathlib import Path

from children import wait_until

TOO_MANY_REQUESTS, BUSY_SECONDS = 429, 30
VOLUMES = "/api/v1/persistentvolumes"
EVENTS = "/api/v1/events"
MIGRATIONS = "/apis/cns.vmware.com/v1alpha1/cnsvspherevolumemigrations"
VOLUME_INFOS = "/apis/cns.vmware.com/v1alpha1/cnsvolumeinfoes"
NODE_TOPOLOGIES = "/apis/cns.vmware.com/v1alpha1/csinodetopologies"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


class KubeError(RuntimeError):
    """The API server's refusal, with its HTTP status in `code`."""

    def __init__(self, verb: str, path: str, code: int, text: str):
        super().__init__(f"{verb} {path}: {code} {text[:300]}")
        self.code = code


def claims(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"


def pods(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods"


class Kube:
    """One API server as one user. Safe from several threads: each has its own connection."""

    def __init__(self, url: str, ca_file: Path, token: str | None = None,
                 client_cert: tuple[Path, Path] | None = None, timeout: float = 30.0):
        parsed = urllib.parse.urlparse(url)
        self._host, self._port = parsed.hostname, parsed.port
        self._timeout = timeout
        self._token = token
        self._tls = ssl.create_default_context(cafile=str(ca_file))
        if client_cert:
            self._tls.load_cert_chain(str(client_cert[0]), str(client_cert[1]))
        self._local = threading.local()

    def request(self, verb: str, path: str, body=None,
                content_type: str = "application/json"):
        """The decoded answer. KubeError on an HTTP status of 300 or more; OSError when unreachable."""
        headers = {"Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None
        if body is not None:
            data = json.dumps(body)
            headers["Content-Type"] = content_type
        status, text = self._patient(lambda: self._exchange(verb, path, data, headers))
        if status >= 300:
            raise KubeError(verb, path, status, text)
        return json.loads(text) if text.startswith("{") else text

    def _patient(self, exchange):
        """429 is what custom resources answer for a moment after their definition was made, or after a
        start of the server: nothing was done, and it is asked again."""
        def answered():
            status, text = exchange()
            return None if status == TOO_MANY_REQUESTS else (status, text)

        return wait_until("the API server answers", answered, BUSY_SECONDS)

    def _exchange(self, verb, path, data, headers):
        try:
            return self._send(verb, path, data, headers)
        except (OSError, http.client.HTTPException):
            self._local.connection = None
            if verb != "GET":
                raise
        # A kept connection may have been closed by a restart of the server; only a read is repeated.
        return self._send(verb, path, data, headers)

    def _send(self, verb, path, data, headers):
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=self._timeout, context=self._tls)
            self._local.connection = connection
        connection.request(verb, path, data, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.will_close:
            self._local.connection = None
        return answer.status, text

    def reset(self) -> None:
        """Forgets every kept connection: the server is about to go, or has gone."""
        self._local = threading.local()

    def get(self, path: str):
        return self.request("GET", path)

    def list(self, path: str) -> list[dict]:
        return self.get(path)["items"]

    def streams_lists(self) -> bool:
        """Whether this server answers a watch that begins with the whole list."""
        try:
            self.get(VOLUMES + "?watch=true&sendInitialEvents=true&allowWatchBookmarks=true"
                     "&resourceVersionMatch=NotOlderThan&timeoutSeconds=1")
        except KubeError as error:
            if error.code != 422:
                raise
            return False
        return True

    def create(self, path: str, body: dict):
        return self.request("POST", path, body)

    def merge(self, path: str, patch: dict):
        """A JSON merge patch: null removes a key."""
        return self.request("PATCH", path, patch, "application/merge-patch+json")

    def delete(self, path: str, grace: int = 0):
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": grace}
        return self.request("DELETE", path, options)
