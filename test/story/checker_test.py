"""The checker against worlds made by hand: it must see each kind of difference, and no other."""

import copy
import unittest

import checker
from checker import CLAIM, POD, PV
from cns import Entity, Volume, read_volume
import xml.etree.ElementTree as ET

CLUSTER = "c1"
UID = "5f0c8f9e-0000-4000-8000-000000000001"


def a_volume(**spec) -> dict:
    return {
        "metadata": {"name": "pvc-1", "creationTimestamp": "2026-01-01T00:00:00Z",
                     "labels": {"tier": "gold"}},
        "spec": {"accessModes": ["ReadWriteOnce"], "persistentVolumeReclaimPolicy": "Delete",
                 "csi": {"driver": checker.DRIVER, "volumeHandle": "vol-1",
                         "volumeAttributes": {checker.DYNAMIC: "x"}},
                 "claimRef": {"namespace": "shop", "name": "data", "uid": UID}, **spec},
        "status": {"phase": "Bound"},
    }


def a_claim() -> dict:
    return {"metadata": {"namespace": "shop", "name": "data", "uid": UID, "labels": {"app": "db"}},
            "spec": {"volumeName": "pvc-1"}, "status": {"phase": "Bound"}}


def a_pod(name="db-0", phase="Running", start="2026-01-01T00:00:10Z", **metadata) -> dict:
    return {"metadata": {"namespace": "shop", "name": name, "uid": "uid-" + name, **metadata},
            "spec": {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]},
            "status": {"phase": phase, "startTime": start}}


def pv_entity(**changes) -> Entity:
    return Entity(**{"kind": PV, "namespace": "", "name": "pvc-1", "cluster": CLUSTER,
                     "labels": (("tier", "gold"),), **changes})


def claim_entity(**changes) -> Entity:
    return Entity(**{"kind": CLAIM, "namespace": "shop", "name": "data", "cluster": CLUSTER,
                     "labels": (("app", "db"),), "refers": ((PV, "", "pvc-1", CLUSTER),), **changes})


def pod_entity(name="db-0", **changes) -> Entity:
    return Entity(**{"kind": POD, "namespace": "shop", "name": name, "cluster": CLUSTER,
                     "refers": ((CLAIM, "shop", "data", CLUSTER),), **changes})


def desired(pvs=None, claims=None, pods=None):
    objects = checker.Objects([a_volume()] if pvs is None else pvs,
                              [a_claim()] if claims is None else claims,
                              [a_pod()] if pods is None else pods)
    return checker.desired_state(objects, CLUSTER)


def compared(*held: Entity, wanted=None) -> list[str]:
    cns = {"vol-1": Volume("vol-1", "BLOCK", CLUSTER, tuple(held))}
    return checker.differences(wanted or desired(), cns, CLUSTER).get("vol-1", [])


class DesiredState(unittest.TestCase):
    def entities(self, **world):
        return desired(**world).entities["vol-1"]

    def test_volume_claim_and_running_pod_are_listed(self):
        self.assertEqual(self.entities(), [pv_entity(), claim_entity(), pod_entity()])

    def test_finished_pod_is_not_listed(self):
        self.assertEqual(self.entities(pods=[a_pod(phase="Succeeded")]),
                         [pv_entity(), claim_entity()])

    def test_pod_of_another_namespace_is_not_listed(self):
        pod = a_pod()
        pod["metadata"]["namespace"] = "bank"
        self.assertEqual(self.entities(pods=[pod]), [pv_entity(), claim_entity()])

    def test_staying_pod_goes_before_leaving_one_then_earliest_then_name(self):
        leaving = a_pod("a", start="2026-01-01T00:00:00Z", deletionTimestamp="2026-01-02T00:00:00Z")
        late, early, same = (a_pod("b", start="2026-01-01T00:00:09Z"),
                             a_pod("d", start="2026-01-01T00:00:05Z"),
                             a_pod("c", start="2026-01-01T00:00:05Z"))
        self.assertEqual(self.entities(pods=[leaving, late, early, same])[2], pod_entity("c"))
        self.assertEqual(self.entities(pods=[leaving])[2], pod_entity("a"))

    def test_ephemeral_claim_counts_only_for_the_pod_that_owns_it(self):
        pod, claim, pv = a_pod("job"), a_claim(), a_volume()
        pod["spec"]["volumes"] = [{"name": "tmp", "ephemeral": {}}]
        claim["metadata"]["name"] = pv["spec"]["claimRef"]["name"] = "job-tmp"
        world = {"pvs": [pv], "claims": [claim], "pods": [pod]}
        self.assertEqual(len(self.entities(**world)), 2)
        claim["metadata"]["ownerReferences"] = [{"uid": "uid-job"}]
        self.assertEqual(len(self.entities(**world)), 3)

    def test_retained_volume_without_its_claim_has_only_the_volume(self):
        pv = a_volume(persistentVolumeReclaimPolicy="Retain")
        pv["status"]["phase"] = "Released"
        self.assertEqual(self.entities(pvs=[pv], claims=[]), [pv_entity()])

    def test_new_claim_of_the_same_name_is_not_the_one_that_was_bound(self):
        pv, claim = a_volume(persistentVolumeReclaimPolicy="Retain"), a_claim()
        claim["metadata"]["uid"] = "another"
        self.assertEqual(self.entities(pvs=[pv], claims=[claim]), [pv_entity()])

    def test_volume_that_the_controller_deletes_is_left_alone(self):
        released, leaving = a_volume(), a_volume()
        released["status"]["phase"] = "Released"
        leaving["metadata"]["deletionTimestamp"] = "2026-01-02T00:00:00Z"
        for world in ({"pvs": [released]}, {"pvs": [leaving]}, {"claims": []}):
            self.assertEqual((desired(**world).entities, list(desired(**world).hands_off)),
                             ({}, ["vol-1"]))

    def test_foreign_driver_is_not_judged(self):
        foreign = a_volume()
        foreign["spec"]["csi"]["driver"] = "other"
        world = desired(pvs=[foreign])
        self.assertEqual((world.entities, world.hands_off), ({}, {}))

    def test_volume_that_nobody_provisioned_is_one_like_any_other(self):
        static = a_volume()
        static["spec"]["csi"]["volumeAttributes"] = {}
        self.assertEqual(self.entities(pvs=[static]), [pv_entity(), claim_entity(), pod_entity()])

    def test_pending_and_failed_volumes_are_left_alone(self):
        for phase in ("Pending", "Failed", "Confused"):
            pv = a_volume(persistentVolumeReclaimPolicy="Retain")
            pv["status"]["phase"] = phase
            self.assertEqual(list(desired(pvs=[pv]).hands_off), ["vol-1"])

    def test_of_two_volumes_with_one_handle_the_bound_one_counts(self):
        other = a_volume()
        other["metadata"].update(name="pvc-0", creationTimestamp="2025-01-01T00:00:00Z")
        other["status"]["phase"] = "Available"
        self.assertEqual(self.entities(pvs=[other, a_volume()])[0], pv_entity())


class Comparison(unittest.TestCase):
    def test_same_entities_in_any_order_differ_in_nothing(self):
        self.assertEqual(compared(pod_entity(), pv_entity(), claim_entity()), [])

    def test_each_single_fault_is_seen(self):
        right = [pv_entity(), claim_entity(), pod_entity()]
        faults = {
            "missing": (right[:2], "POD shop/db-0: missing"),
            "too much": ([*right, pod_entity("old")], "POD shop/old: must not be there"),
            "twice": ([*right, right[0]], "PERSISTENT_VOLUME pvc-1: held twice"),
            "label": ([pv_entity(labels=()), *right[1:]], "PERSISTENT_VOLUME pvc-1: labels"),
            "stale label": ([right[0], claim_entity(labels=(("app", "db"), ("x", "y"))), right[2]],
                            "PERSISTENT_VOLUME_CLAIM shop/data: labels"),
            "reference": ([right[0], claim_entity(refers=()), right[2]],
                          "PERSISTENT_VOLUME_CLAIM shop/data: refers"),
            "labels on a pod": ([*right[:2], pod_entity(labels=(("a", "b"),))],
                                "POD shop/db-0: labels"),
            "marked deleted": ([*right[:2], pod_entity(deleted=True)], "POD shop/db-0: missing"),
            "other cluster": ([*right[:2], pod_entity(cluster="c2")], "POD shop/db-0: missing"),
            "missing label": ([pv_entity(labels=(("pv_missing", "true"), ("tier", "gold"))),
                               *right[1:]], "PERSISTENT_VOLUME pvc-1: labels"),
        }
        for fault, (held, start) in faults.items():
            with self.subTest(fault):
                lines = compared(*held)
                self.assertEqual(len(lines), 1, lines)
                self.assertTrue(lines[0].startswith(start), lines)

    def test_entities_marked_deleted_or_of_other_clusters_are_nobodys_business(self):
        self.assertEqual(compared(pv_entity(), claim_entity(), pod_entity(),
                                  pod_entity("gone", deleted=True),
                                  pod_entity("theirs", cluster="c2")), [])

    def test_preserved_label_is_no_difference(self):
        kept = pv_entity(labels=(("pv_retained", "true"), ("tier", "gold")))
        self.assertEqual(compared(kept, claim_entity(), pod_entity()), [])

    def test_of_more_labels_than_cns_takes_the_first_are_enough(self):
        pv = a_volume()
        pv["metadata"]["labels"] = {f"l{number:02}": "x" for number in range(40)}
        pv["spec"]["persistentVolumeReclaimPolicy"] = "Retain"
        wanted = desired(pvs=[pv], claims=[])
        labels = wanted.entities["vol-1"][0].labels
        self.assertEqual(compared(pv_entity(labels=labels[:32]), wanted=wanted), [])
        self.assertEqual(len(compared(pv_entity(labels=labels[:31]), wanted=wanted)), 1)
        self.assertEqual(len(compared(pv_entity(labels=labels[8:]), wanted=wanted)), 1)

    def test_volume_unknown_to_cns_is_a_difference(self):
        self.assertEqual(checker.differences(desired(), {}, CLUSTER), {"vol-1": ["unknown to CNS"]})

    def test_desired_state_is_not_changed_by_comparing(self):
        wanted = desired()
        before = copy.deepcopy(wanted)
        compared(pv_entity(), wanted=wanted)
        self.assertEqual(wanted, before)


class Reading(unittest.TestCase):
    def test_volume_is_read_whatever_the_prefixes_and_the_order(self):
        xml = """<v:volumes xmlns:v="urn:vsan" xmlns:x="http://www.w3.org/2001/XMLSchema-instance">
          <v:volumeType>BLOCK</v:volumeType><v:volumeId><v:id>vol-1</v:id></v:volumeId>
          <v:metadata><v:containerCluster><v:clusterId>c1</v:clusterId></v:containerCluster>
          <v:entityMetadata x:type="CnsKubernetesEntityMetadata"><v:entityName>data</v:entityName>
          <v:labels><v:key>z</v:key><v:value>&lt;1&gt;</v:value></v:labels>
          <v:labels><v:key>a</v:key><v:value/></v:labels><v:delete>true</v:delete>
          <v:clusterId>c1</v:clusterId><v:entityType>PERSISTENT_VOLUME_CLAIM</v:entityType>
          <v:namespace>shop</v:namespace><v:referredEntity><v:entityType>PERSISTENT_VOLUME</v:entityType>
          <v:entityName>pvc-1</v:entityName><v:clusterId>c1</v:clusterId></v:referredEntity>
          </v:entityMetadata></v:metadata></v:volumes>"""
        entity = claim_entity(labels=(("a", ""), ("z", "<1>")), deleted=True)
        self.assertEqual(read_volume(ET.fromstring(xml)), Volume("vol-1", "BLOCK", "c1", (entity,)))


if __name__ == "__main__":
    unittest.main()
