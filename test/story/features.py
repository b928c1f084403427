"""Feature states and full syncs on request, as an administrator asks for them."""

import json

from kube import KubeError
from lease import NAMESPACE

COLLECTION = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
NAME = "internal-feature-states.csi.vsphere.vmware.com"
TRIGGERS = "/apis/cns.vmware.com/v1alpha1/triggercsifullsyncs"
TRIGGER = "trigger-csi-fullsync"
VISIBILITY = "improved-volume-visibility"
DISK_NOTE = "cns.vmware.com/pv-to-backingdiskobjectid-mapping"
BACKING_DISKS = "pv-to-backingdiskobjectid-mapping"


class Features:
    def __init__(self, kube):
        self._kube = kube

    def set(self, states: dict[str, str]) -> None:
        """These and no others, whether the map is there or not."""
        self.delete()
        self._kube.create(COLLECTION, {"metadata": {"name": NAME}, "data": states})

    def change(self, key: str, value: str) -> None:
        self._kube.merge(f"{COLLECTION}/{NAME}", {"data": {key: value}})

    def delete(self) -> None:
        try:
            self._kube.delete(f"{COLLECTION}/{NAME}")
        except KubeError as error:
            if error.code != 404:
                raise


class FullSyncTrigger:
    """The TriggerCsiFullSync object; all is empty while there is none."""

    path = f"{TRIGGERS}/csifullsync"

    def __init__(self, kube):
        self._kube = kube

    def ask(self) -> int:
        """Asks for the full sync after the last one; returns its number."""
        number = self.status()["lastTriggerSyncID"] + 1
        self.write(number)
        return number

    def write(self, number: int) -> None:
        self._kube.merge(self.path, {"spec": {"triggerSyncID": number}})

    def idle_at(self, number: int) -> bool:
        """That id, or a later one, was accepted, and nothing runs."""
        status = self.status()
        return status.get("lastTriggerSyncID", 0) >= number and not status.get("inProgress")

    def number(self) -> int:
        return self._object()["spec"]["triggerSyncID"]

    def status(self) -> dict:
        return self._object().get("status") or {}

    def last_run(self) -> dict:
        return json.loads(self._object()["metadata"]["annotations"]["vsphere-syncer/last-run"])

    def exists(self) -> bool:
        return bool(self._object())

    def _object(self) -> dict:
        try:
            return self._kube.get(self.path)
        except KubeError as error:
            if error.code != 404:
                raise
            return {}
