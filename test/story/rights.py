"""The rights at the API server: those of the manifest are enough, and a missing one stops one duty alone."""

import uuid

import kube as paths
from cluster import Cluster, csi
from node_plugin import NodePlugin
from telling import FIRST_SYNC_SECONDS, Telling, expect

ROLE = "/apis/rbac.authorization.k8s.io/v1/clusterroles/vsphere-csi-controller-role"
NODES = "csinodetopologies"
CONDITION = "RightsMissing"


class Rights(Telling):
    def chapters(self) -> list:
        return [
            ("the rights of the manifest are enough", self.enough),
            ("without one right one duty rests, and the others go on", self.one_missing),
            ("it goes on by itself when the right is given back", self.given_back),
            ("nothing was refused to us, nor asked without a right", self.complaints),
        ]

    def enough(self) -> None:
        self._cluster, disk = Cluster(self._backend.kube), str(uuid.uuid4())
        self._backend.create_volumes([disk])
        self._cluster.volume("data", csi(disk))
        self._syncer.start("--leader-election")
        self._in_sync(FIRST_SYNC_SECONDS)
        self._wait("the verdict on every check", lambda: "[+]rights ok" in self._syncer.health("readyz"))
        expect(not self._condition(CONDITION), "something is missing")
        self._goodbye()

    def one_missing(self) -> None:
        self._rule = self._take_right("update")
        self._syncer.start("--leader-election")
        self._wait("the condition", lambda: self._condition(CONDITION))
        event = self._wait("the Event", lambda: next(
            (event for event in self._backend.kube.list(paths.EVENTS) if event["reason"] == CONDITION), None))
        expect(f"update {NODES}" in event["message"], f"it says {event['message']}")
        self._plugin = NodePlugin(self._backend.kube, "node-0", self._backend.machines(1)[0])
        self._plugin.join()
        self._plugin.ask()
        self._cluster.label_volume("data", without="a-right")
        self._in_sync()
        expect(not self._plugin.status(), f"the node has an answer: {self._plugin.status()}")

    def given_back(self) -> None:
        role = self._backend.kube.get(ROLE)
        role["rules"].append(self._rule)
        self._backend.kube.request("PUT", ROLE, role)
        self._wait("the end of the condition", lambda: not self._condition(CONDITION))
        self._wait("the node's answer", lambda: self._plugin.status().get("status") == "Success")

    def complaints(self) -> None:
        self._goodbye()
        self._no_complaints()

    def _take_right(self, verb: str) -> dict:
        """From our role, for the nodes' objects; the rule that would give it back."""
        role = self._backend.kube.get(ROLE)
        rule = next(rule for rule in role["rules"] if NODES in rule["resources"])
        rule["verbs"].remove(verb)
        self._backend.kube.request("PUT", ROLE, role)
        return {"apiGroups": rule["apiGroups"], "resources": [NODES], "verbs": [verb]}
