"""What CNS must hold, kind by kind: shares, in-tree volumes, inline pods, several vCenters."""

import unittest

import checker
from checker_test import CLUSTER, a_claim, a_pod, a_volume, claim_entity, pod_entity, pv_entity
from cns import Entity, Volume
from desired import CLAIM, DRIVER, IN_TREE, MIGRATED_TO, POD, PROVISIONED_BY, PV, Objects
from desired import desired_state

PATH = "[ds] kubevols/a.vmdk"


def on_share(number: int, phase="Bound", policy="Retain") -> tuple[dict, dict]:
    pv, claim = a_volume(accessModes=["ReadWriteMany"], persistentVolumeReclaimPolicy=policy), a_claim()
    pv["metadata"]["name"] = f"share-{number}"
    pv["status"]["phase"] = phase
    pv["spec"]["csi"]["volumeHandle"] = "file:1"
    pv["spec"]["claimRef"]["namespace"] = claim["metadata"]["namespace"] = f"team-{number}"
    claim["spec"]["volumeName"] = f"share-{number}"
    return pv, claim


def pod_of(number: int, name: str) -> dict:
    pod = a_pod(name)
    pod["metadata"]["namespace"] = f"team-{number}"
    return pod


def in_tree(**annotations) -> dict:
    pv = a_volume(vsphereVolume={"volumePath": PATH})
    del pv["spec"]["csi"]
    notes = {"by": PROVISIONED_BY, "to": MIGRATED_TO}
    pv["metadata"]["annotations"] = {notes[key]: value for key, value in annotations.items()}
    return pv


def inline_pod(phase="Running") -> dict:
    pod = a_pod(phase=phase)
    pod["spec"]["volumes"] = [{"name": "v", "vsphereVolume": {"volumePath": PATH}}]
    return pod


def held(*entities: Entity) -> dict[str, Volume]:
    return {"id-1": Volume("id-1", "BLOCK", CLUSTER, entities)}


class Shares(unittest.TestCase):
    def test_every_pod_of_every_volume_on_the_share_is_listed(self):
        (one, his), (two, hers) = on_share(1), on_share(2)
        pods = [pod_of(1, "a"), pod_of(1, "b"), pod_of(2, "a")]
        entities = desired_state(Objects([two, one], [his, hers], pods), CLUSTER).entities["file:1"]
        self.assertEqual([(e.kind, e.namespace, e.name) for e in entities], [
            (PV, "", "share-1"), (CLAIM, "team-1", "data"), (POD, "team-1", "a"), (POD, "team-1", "b"),
            (PV, "", "share-2"), (CLAIM, "team-2", "data"), (POD, "team-2", "a")])

    def test_volume_that_nobody_may_judge_stays_beside_the_others(self):
        (one, his), (two, hers) = on_share(1), on_share(2, phase="Failed")
        world = desired_state(Objects([one, two], [his, hers]), CLUSTER)
        self.assertEqual([e.name for e in world.entities["file:1"]], ["share-1", "data"])
        present = Volume("file:1", "FILE", CLUSTER, (
            *world.entities["file:1"], Entity(PV, "", "share-2", CLUSTER, (("tier", "gold"),))))
        self.assertEqual(checker.differences(world, {"file:1": present}, CLUSTER), {})

    def test_type_in_cns_wins_over_access_modes(self):
        pv, claim = on_share(1)
        pods = [pod_of(1, "a"), pod_of(1, "b")]
        objects = Objects([pv], [claim], pods)
        self.assertEqual(len(desired_state(objects, CLUSTER, {"file:1": "BLOCK"}).entities["file:1"]), 3)


class InTree(unittest.TestCase):
    def entities(self, pv, links=None, **more):
        objects = Objects([pv], [a_claim()], [a_pod()], {PATH: "id-1"} if links is None else links, **more)
        return desired_state(objects, CLUSTER)

    def test_volume_is_found_by_its_path(self):
        for pv in (in_tree(), in_tree(by=IN_TREE, to=DRIVER), in_tree(by=DRIVER)):
            self.assertEqual(self.entities(pv).entities,
                             {"id-1": [pv_entity(), claim_entity(), pod_entity()]})

    def test_volume_that_was_not_handed_over_is_not_ours(self):
        for pv in (in_tree(by=IN_TREE), in_tree(by=IN_TREE, to="other"), in_tree(by="nfs")):
            world = self.entities(pv)
            self.assertEqual((world.entities, world.unlinked), ({}, set()))

    def test_path_without_link_is_a_difference(self):
        world = self.entities(in_tree(), links={})
        self.assertEqual(checker.differences(world, {}, CLUSTER),
                         {PATH: ["in-tree path without a CNS volume"]})

    def test_csi_counts_when_a_volume_has_both_sources(self):
        pv = a_volume(vsphereVolume={"volumePath": PATH})
        self.assertEqual(list(self.entities(pv).entities), ["vol-1"])

    def test_with_several_vcenters_nobody_looks_at_it(self):
        world = self.entities(in_tree(), in_tree=False)
        self.assertEqual((world.entities, world.unlinked), ({}, set()))


class InlinePods(unittest.TestCase):
    def world(self, *pods, links=None):
        return desired_state(Objects([], [], list(pods), {PATH: "id-1"} if links is None else links),
                             CLUSTER)

    def test_running_pod_refers_to_nothing(self):
        self.assertEqual(self.world(inline_pod()).entities, {"id-1": [pod_entity(refers=())]})

    def test_pending_pod_wants_the_volume_and_no_entity(self):
        self.assertEqual(self.world(inline_pod("Pending")).entities, {"id-1": []})
        self.assertEqual(self.world(inline_pod("Pending"), links={}).unlinked, {PATH})

    def test_nothing_is_left_of_the_last_pod(self):
        gone = self.world()
        self.assertEqual(list(checker.differences(gone, held(pod_entity(refers=())), CLUSTER)), ["id-1"])
        self.assertEqual(checker.differences(gone, held(pv_entity(), pod_entity()), CLUSTER), {})


class SeveralVcenters(unittest.TestCase):
    def lines(self, infos, **vcenters):
        world = desired_state(Objects([a_volume()], [a_claim()]), CLUSTER)
        volume = {"vol-1": Volume("vol-1", "BLOCK", CLUSTER, ())}
        return checker.misplaced(world, infos, {host: volume if has else {}
                                                for host, has in vcenters.items()})

    def test_volume_on_the_vcenter_that_its_info_names_is_right(self):
        self.assertEqual(self.lines({"vol-1": "a"}, a=True, b=False), {})

    def test_each_misplacement_is_seen(self):
        self.assertIn("says b", self.lines({"vol-1": "b"}, a=True, b=False)["vol-1"][0])
        self.assertIn("no CNSVolumeInfo", self.lines({}, a=True, b=False)["vol-1"][0])
        self.assertIn("on 2 vCenters", self.lines({"vol-1": "a"}, a=True, b=True)["vol-1"][0])


if __name__ == "__main__":
    unittest.main()
