"""A minimal vCenter client for tests: login, CNS volumes with their entities, creation by disk id."""

import http.client
import ssl
import time
import urllib.parse
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

PAGE = 500
ENVELOPE = ('<?xml version="1.0" encoding="UTF-8"?>'
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            '<soapenv:Body>%s</soapenv:Body></soapenv:Envelope>')
MANAGER = '<_this type="CnsVolumeManager">cns-volume-manager</_this>'


class SoapFault(RuntimeError):
    """A fault in place of an answer; `kind` is the fault's type without prefix."""

    def __init__(self, method: str, kind: str, text: str):
        super().__init__(f"{method}: {kind} {text}")
        self.kind = kind


@dataclass(frozen=True)
class Entity:
    """One Kubernetes object as CNS knows it. Labels and references are sorted tuples."""

    kind: str
    namespace: str
    name: str
    cluster: str
    labels: tuple = ()
    refers: tuple = ()
    deleted: bool = False


@dataclass(frozen=True)
class Volume:
    id: str
    type: str
    cluster: str
    entities: tuple = ()
    distribution: str = ""
    disk: str = ""


def local(tag: str) -> str:
    return tag.rpartition("}")[2]


def child(node, name: str):
    return next((c for c in node if local(c.tag) == name), None)


def children(node, name: str):
    return [c for c in node if local(c.tag) == name]


def text(node, *path: str) -> str:
    """The text at the end of a path of local names; empty if any step is absent."""
    for name in path:
        node = child(node, name) if node is not None else None
    return (node.text or "") if node is not None else ""


def read_entity(node) -> Entity:
    labels = sorted((text(label, "key"), text(label, "value")) for label in children(node, "labels"))
    refers = sorted((text(ref, "entityType"), text(ref, "namespace"), text(ref, "entityName"),
                     text(ref, "clusterId")) for ref in children(node, "referredEntity"))
    return Entity(text(node, "entityType"), text(node, "namespace"), text(node, "entityName"),
                  text(node, "clusterId"), tuple(labels), tuple(refers),
                  text(node, "delete") == "true")


def read_volume(node) -> Volume:
    metadata = child(node, "metadata")
    entities = children(metadata, "entityMetadata") if metadata is not None else []
    return Volume(text(node, "volumeId", "id"), text(node, "volumeType"),
                  text(node, "metadata", "containerCluster", "clusterId"),
                  tuple(read_entity(e) for e in entities),
                  text(node, "metadata", "containerCluster", "clusterDistribution"),
                  text(node, "backingObjectDetails", "backingDiskObjectId"))


class Cns:
    """One vCenter. Logs in by itself, and again when its session was ended; counts its own logins."""

    def __init__(self, url: str, ca_file: Path, user: str, password: str):
        parsed = urllib.parse.urlparse(url)
        self._host, self._port = parsed.hostname, parsed.port or 443
        self._tls = ssl.create_default_context(cafile=str(ca_file))
        self._user, self.password = user, password
        self._connection = None
        self._cookie = None
        self._action = None
        self.logins = 0

    def volumes(self) -> dict[str, Volume]:
        """All volumes of the vCenter by id, read page by page."""
        found: dict[str, Volume] = {}
        offset = 0
        while True:
            body = (f'<CnsQueryVolume xmlns="urn:vsan">{MANAGER}<filter xsi:type="CnsQueryFilter">'
                    f'<cursor><offset>{offset}</offset><limit>{PAGE}</limit></cursor>'
                    '</filter></CnsQueryVolume>')
            result = self._call("/vsanHealth", body)
            page = [read_volume(v) for v in children(result, "volumes")]
            fresh = {v.id: v for v in page if v.id not in found}
            found.update(fresh)
            after = int(text(result, "cursor", "offset") or 0)
            total = int(text(result, "cursor", "totalRecords") or 0)
            # A server without paging answers everything at once with an offset that never grows.
            if not fresh or after <= offset or after >= total:
                return found
            offset = after

    def create_from_disk(self, disk: str, name: str, cluster: str) -> None:
        """Registers an existing disk as a block volume that holds no entity yet."""
        container = (f"<clusterType>KUBERNETES</clusterType><clusterId>{escape(cluster)}</clusterId>"
                     f"<vSphereUser>{escape(self._user)}</vSphereUser>"
                     "<clusterFlavor>VANILLA</clusterFlavor>"
                     "<clusterDistribution>VanillaK8S</clusterDistribution>")
        body = (f'<CnsCreateVolume xmlns="urn:vsan">{MANAGER}<createSpecs><name>{escape(name)}</name>'
                f"<volumeType>BLOCK</volumeType><metadata><containerCluster>{container}"
                f"</containerCluster><containerClusterArray>{container}</containerClusterArray>"
                '</metadata><backingObjectDetails xsi:type="CnsBlockBackingDetails">'
                f"<backingDiskId>{escape(disk)}</backingDiskId></backingObjectDetails>"
                "</createSpecs></CnsCreateVolume>")
        self._finish(self._call("/vsanHealth", body).text)

    def update(self, volume: str, cluster: str, entities: list[Entity]) -> None:
        """One CnsUpdateVolumeMetadata; used to plant wrong entities on purpose."""
        container = (f"<clusterType>KUBERNETES</clusterType><clusterId>{escape(cluster)}</clusterId>"
                     f"<vSphereUser>{escape(self._user)}</vSphereUser>"
                     "<clusterFlavor>VANILLA</clusterFlavor>"
                     "<clusterDistribution>VanillaK8S</clusterDistribution>")
        body = (f'<CnsUpdateVolumeMetadata xmlns="urn:vsan">{MANAGER}<updateSpecs>'
                f"<volumeId><id>{escape(volume)}</id></volumeId><metadata>"
                f"<containerCluster>{container}</containerCluster>"
                + "".join(write_entity(e) for e in entities) +
                f"<containerClusterArray>{container}</containerClusterArray>"
                "</metadata></updateSpecs></CnsUpdateVolumeMetadata>")
        self._finish(self._call("/vsanHealth", body).text)

    def _finish(self, task: str) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            spec = ("<propSet><type>Task</type><pathSet>info</pathSet></propSet>"
                    f'<objectSet><obj type="Task">{escape(task)}</obj></objectSet>')
            result = self._call("/sdk", '<RetrievePropertiesEx xmlns="urn:vim25">'
                                '<_this type="PropertyCollector">propertyCollector</_this>'
                                f"<specSet>{spec}</specSet><options/></RetrievePropertiesEx>")
            info = child(child(child(result, "objects"), "propSet"), "val")
            state = text(info, "state")
            if state == "error":
                raise SoapFault("task " + task, "error", ET.tostring(info, encoding="unicode"))
            if state == "success":
                for entry in children(child(info, "result"), "volumeResults"):
                    if child(entry, "fault") is not None:
                        raise SoapFault("task " + task, "volume fault",
                                        ET.tostring(entry, encoding="unicode"))
                return
            time.sleep(0.02)
        raise TimeoutError(f"task {task}: not finished within 60 s")

    def _call(self, path: str, body: str):
        if self._cookie is None:
            self._login()
        try:
            return self._post(path, body)
        except SoapFault as fault:
            if fault.kind != "NotAuthenticated":
                raise
        self._login()
        return self._post(path, body)

    def _login(self) -> None:
        self._cookie = None
        if self._action is None:
            self._action = self._negotiate()
        self._post("/sdk", '<Login xmlns="urn:vim25"><_this type="SessionManager">SessionManager'
                   f"</_this><userName>{escape(self._user)}</userName>"
                   f"<password>{escape(self.password)}</password></Login>")
        self.logins += 1

    def _negotiate(self) -> str:
        _, _, body = self._http("GET", "/sdk/vsanServiceVersions.xml", None, {})
        for namespace in children(ET.fromstring(body), "namespace"):
            if text(namespace, "name") == "urn:vsan":
                return "urn:vsan/" + text(namespace, "version")
        raise RuntimeError("the vCenter names no version of urn:vsan")

    def _post(self, path: str, body: str):
        headers = {"Content-Type": 'text/xml; charset="utf-8"', "SOAPAction": self._action}
        if self._cookie:
            headers["Cookie"] = "vmware_soap_session=" + self._cookie
        _, cookies, answer = self._http("POST", path, (ENVELOPE % body).encode(), headers)
        for cookie in cookies:
            if cookie.startswith("vmware_soap_session="):
                self._cookie = cookie.partition("=")[2].partition(";")[0]
        content = child(ET.fromstring(answer), "Body")[0]
        if local(content.tag) == "Fault":
            raise fault_of(body, content)
        return child(content, "returnval")

    def _http(self, verb, path, data, headers):
        # One connection per try: a kept one may have been cut by a fault the story asked for.
        for last_try in (False, True):
            try:
                if self._connection is None:
                    self._connection = http.client.HTTPSConnection(
                        self._host, self._port, timeout=30, context=self._tls)
                self._connection.request(verb, path, data, headers)
                answer = self._connection.getresponse()
                body = answer.read()
                if answer.status not in (200, 500):
                    raise RuntimeError(f"{verb} {path}: HTTP {answer.status} {body[:200]!r}")
                return answer.status, answer.headers.get_all("Set-Cookie") or [], body
            except (OSError, http.client.HTTPException):
                self._connection = None
                if last_try:
                    raise
        raise AssertionError("unreachable")


def write_entity(entity: Entity) -> str:
    labels = "".join(f"<labels><key>{escape(k)}</key><value>{escape(v)}</value></labels>"
                     for k, v in entity.labels)
    refers = "".join(
        f"<referredEntity><entityType>{kind}</entityType><entityName>{escape(name)}</entityName>"
        + (f"<namespace>{escape(namespace)}</namespace>" if namespace else "")
        + f"<clusterId>{escape(cluster)}</clusterId></referredEntity>"
        for kind, namespace, name, cluster in entity.refers)
    return ('<entityMetadata xsi:type="CnsKubernetesEntityMetadata">'
            f"<entityName>{escape(entity.name)}</entityName>{labels}"
            + ("<delete>true</delete>" if entity.deleted else "")
            + f"<clusterId>{escape(entity.cluster)}</clusterId><entityType>{entity.kind}</entityType>"
            + (f"<namespace>{escape(entity.namespace)}</namespace>" if entity.namespace else "")
            + f"{refers}</entityMetadata>")


def fault_of(body: str, fault) -> SoapFault:
    detail = child(fault, "detail")
    kind = "Fault"
    if detail is not None and len(detail):
        typed = [v for k, v in detail[0].attrib.items() if local(k) == "type"]
        kind = typed[0].rpartition(":")[2] if typed else local(detail[0].tag).removesuffix("Fault")
    method = body[1:body.index(" ")]
    return SoapFault(method, kind, text(fault, "faultstring"))
