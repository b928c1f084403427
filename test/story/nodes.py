"""Nodes register: each node plugin is answered, whatever csi-vsphere.conf says about topology."""

import kube as paths
from kube import KubeError
from node_plugin import NodePlugin, labels_of
from telling import FIRST_SYNC_SECONDS, Telling, expect

ANSWER_SECONDS = 120  # the longest a node plugin waits
DOMAIN = "topology.csi.vmware.com/"
OLD_DOMAIN = "failure-domain.beta.kubernetes.io/"
ONE_MISSING = "missing zone or region information in vSphere CSI config `Labels` section"
NODES_CRD = "csinodetopologies.cns.vmware.com"
CRDS = (NODES_CRD, "cnsvspherevolumemigrations.cns.vmware.com")


class Nodes(Telling):
    def __init__(self, backend, syncer, count: int, say):
        super().__init__(backend, syncer, say)
        self._count = count
        self._plain = backend.vsphere_config.read_text()
        self._plugins: list[NodePlugin] = []

    def chapters(self) -> list:
        return [
            ("the definitions come with the first start", self.definitions),
            ("nodes register without topology", self.no_topology),
            ("an unknown machine is an error and holds up nobody", self.unknown_machine),
            ("categories become labels", self.categories),
            ("a category without a tag is an error until it has one", self.missing_tag),
            ("zone and region become labels", self.zone_and_region),
            ("one of zone and region is an error", self.zone_alone),
            ("an old definition without nodeuuid is repaired", self.old_definition),
            ("neither server has a complaint", self.complaints),
        ]

    def definitions(self) -> None:
        for name in CRDS:
            self._without_definition(name)
        self._syncer.start()
        for name in CRDS:
            self._wait(f"the definition {name}", lambda crd=name: self._established(crd))

    def no_topology(self) -> None:
        machines = self._backend.machines(self._count)
        self._backend.tag("k8s-region", "region-1", "Datacenter")
        self._backend.tag("k8s-zone", "zone-1", "ClusterComputeResource")
        for number, uuid in enumerate(machines):
            plugin = NodePlugin(self._backend.kube, f"node-{number}", uuid)
            plugin.join()
            self._plugins.append(plugin)
        self._everybody_asks()
        self._all_have({})
        reasons = {event["reason"] for event in self._events("node-0")}
        expect(reasons == {"TopologyRetrievalSucceeded"}, f"Events {reasons}")

    def unknown_machine(self) -> None:
        lost = NodePlugin(self._backend.kube, "lost", "00000000-0000-4000-8000-000000000000")
        lost.join()
        lost.ask()
        self._wait("the error", lambda: lost.status().get("status") == "Error", ANSWER_SECONDS)
        expect(lost.uuid in lost.status()["errorMessage"], f"it says {lost.status()}")
        reasons = {event["reason"] for event in self._events("lost")}
        expect(reasons == {"TopologyRetrievalFailed"}, f"Events {reasons}")
        self._plugins[0].ask()
        self._wait("the other node", lambda: self._answered(self._plugins[:1]), ANSWER_SECONDS)
        # It says its right UUID by and by, and no longer waits for its turn then.
        lost.uuid = self._plugins[0].uuid
        lost.ask()
        self._wait("the node that was lost", lambda: self._answered([lost]), ANSWER_SECONDS)

    def categories(self) -> None:
        self._configure('[Labels]\ntopology-categories = "k8s-region, k8s-zone"\n')
        self._everybody_asks()
        self._all_have({DOMAIN + "k8s-region": "region-1", DOMAIN + "k8s-zone": "zone-1"})

    def missing_tag(self) -> None:
        self._configure('[Labels]\ntopology-categories = "k8s-region, rack"\n')
        plugin = self._plugins[0]
        plugin.ask()
        self._wait("the error", lambda: plugin.status().get("status") == "Error", ANSWER_SECONDS)
        message = plugin.status()["errorMessage"]
        expect("rack" in message and "k8s-region" not in message, f"it says {message}")
        self._backend.tag("rack", "rack-7", "HostSystem")
        self._wait("the label", lambda: labels_of(plugin.status()) == {
            DOMAIN + "k8s-region": "region-1", DOMAIN + "rack": "rack-7"}, ANSWER_SECONDS)
        expect(plugin.status()["status"] == "Success", f"it says {plugin.status()}")

    def zone_and_region(self) -> None:
        self._configure("[Labels]\nzone = k8s-zone\nregion = k8s-region\n"
                        '[TopologyCategory "k8s-region"]\nlabel = topology.kubernetes.io/region\n')
        self._everybody_asks()
        self._all_have({OLD_DOMAIN + "zone": "zone-1", "topology.kubernetes.io/region": "region-1"})

    def zone_alone(self) -> None:
        self._configure("[Labels]\nzone = k8s-zone\n")
        plugin = self._plugins[0]
        plugin.ask()
        self._wait("the error", lambda: plugin.status().get("status") == "Error", ANSWER_SECONDS)
        expect(plugin.status()["errorMessage"] == ONE_MISSING, f"it says {plugin.status()}")
        self._configure("")
        plugin.ask()
        self._wait("the answer", lambda: self._answered([plugin]), ANSWER_SECONDS)

    def old_definition(self) -> None:
        self._goodbye()
        old = self._definition(NODES_CRD)
        del self._spec_of(old)["nodeuuid"]
        self._backend.kube.request("PUT", f"{paths.DEFINITIONS}/{NODES_CRD}", old)
        self._syncer.start()
        self._wait("the field", lambda: "nodeuuid" in self._spec_of(self._definition(NODES_CRD)))
        version = self._definition(NODES_CRD)["metadata"]["resourceVersion"]
        plugin = NodePlugin(self._backend.kube, "node-late", self._plugins[0].uuid)
        plugin.join()
        # A server takes a moment until it knows the field.
        self._wait("the late node", lambda: plugin.ask() or self._answered([plugin], 1), ANSWER_SECONDS)
        self._goodbye()
        self._syncer.start()
        self._wait("the first look at everything", lambda: self._total("full_syncs_total") >= 1,
                   FIRST_SYNC_SECONDS)
        same = self._definition(NODES_CRD)["metadata"]["resourceVersion"]
        expect(same == version, "a definition that has all was written")

    def complaints(self) -> None:
        self._goodbye()
        self._no_complaints()
        open_sessions = self._backend.tag_sessions()
        expect(not open_sessions, f"{open_sessions} sessions of the tag service were left open")

    def _everybody_asks(self) -> None:
        for plugin in self._plugins:
            plugin.ask()

    def _all_have(self, labels: dict[str, str]) -> None:
        self._wait("an answer for every node", lambda: self._answered(self._plugins), ANSWER_SECONDS)
        wrong = [plugin.name for plugin in self._plugins if labels_of(plugin.status()) != labels]
        expect(not wrong, f"{len(wrong)} nodes have other labels, {wrong[:3]}: "
                          f"{self._plugins[0].status()}")
        self._say(f"{len(self._plugins)} nodes with {len(labels)} labels")

    def _answered(self, plugins: list[NodePlugin], seconds: float = 0) -> bool:
        if seconds:
            try:
                self._wait("an answer", lambda: self._answered(plugins), seconds)
            except TimeoutError:
                return False
        if len(plugins) == 1:
            return plugins[0].status().get("status") == "Success"
        status = {item["metadata"]["name"]: (item.get("status") or {}).get("status")
                  for item in self._backend.kube.list(paths.NODE_TOPOLOGIES)}
        return all(status.get(plugin.name) == "Success" for plugin in plugins)

    def _configure(self, labels: str) -> None:
        taken = self._taken()
        draft = self._backend.vsphere_config.with_suffix(".new")
        draft.write_text(f"{self._plain}\n{labels}")
        draft.chmod(0o600)
        draft.replace(self._backend.vsphere_config)
        self._wait("the new configuration", lambda: self._taken() > taken)

    def _taken(self) -> int:
        return self._syncer.log.read_text(errors="replace").count("configuration changed")

    def _definition(self, name: str) -> dict:
        return self._backend.kube.get(f"{paths.DEFINITIONS}/{name}")

    def _established(self, name: str) -> bool:
        try:
            conditions = self._definition(name).get("status", {}).get("conditions") or []
        except KubeError as error:
            if error.code != 404:
                raise
            return False
        return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)

    def _without_definition(self, name: str) -> None:
        try:
            self._backend.kube.delete(f"{paths.DEFINITIONS}/{name}")
        except KubeError as error:
            if error.code != 404:
                raise

    @staticmethod
    def _spec_of(definition: dict) -> dict:
        schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        return schema["properties"]["spec"]["properties"]

    def _events(self, about: str) -> list[dict]:
        def found():
            return [event for event in self._backend.kube.list(paths.EVENTS)
                    if event["involvedObject"].get("name") == about]

        return self._wait(f"the Events about {about}", found)
