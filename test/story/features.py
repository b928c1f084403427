"""The ConfigMap of feature states, as an administrator edits it."""

from kube import KubeError
from lease import NAMESPACE

COLLECTION = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
NAME = "internal-feature-states.csi.vsphere.vmware.com"
TRIGGER = "trigger-csi-fullsync"
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
