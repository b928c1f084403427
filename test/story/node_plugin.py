"""The part of the CSI node plugin that asks where its node is: a CSINodeTopology object per node."""

import kube as paths
from kube import Kube, KubeError


class NodePlugin:
    def __init__(self, kube: Kube, name: str, uuid: str):
        self._kube, self.name, self.uuid = kube, name, uuid

    @property
    def path(self) -> str:
        return f"{paths.NODE_TOPOLOGIES}/{self.name}"

    def join(self) -> None:
        """The node, as the kubelet makes it."""
        self._node = self._kube.create("/api/v1/nodes", {
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": self.name}})

    def ask(self) -> None:
        """Creates the object, or takes the answer away from it, as at every start of the plugin."""
        owner = {"apiVersion": "v1", "kind": "Node", "name": self.name,
                 "uid": self._node["metadata"]["uid"]}
        spec = {"nodeID": self.name, "nodeuuid": self.uuid}
        try:
            self._kube.create(paths.NODE_TOPOLOGIES, {
                "apiVersion": "cns.vmware.com/v1alpha1", "kind": "CSINodeTopology",
                "metadata": {"name": self.name, "ownerReferences": [owner]}, "spec": spec})
        except KubeError as error:
            if error.code != 409:
                raise
            self._kube.merge(self.path, {"spec": spec, "status": {"status": ""}})

    def status(self) -> dict:
        return self._kube.get(self.path).get("status") or {}


def labels_of(status: dict) -> dict[str, str]:
    return {label["key"]: label["value"] for label in status.get("topologyLabels") or []}
