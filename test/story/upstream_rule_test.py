"""The replaced container's comparison against worlds made by hand."""

import unittest

import upstream_rule
from checker_test import CLUSTER, a_claim, a_pod, a_volume, claim_entity, pod_entity, pv_entity
from cns import Volume
from desired import Objects


def found(*held, pods=None, pvs=None, claims=None, forgiven=frozenset()) -> dict[str, str]:
    objects = Objects([a_volume()] if pvs is None else pvs, [a_claim()] if claims is None else claims,
                      [a_pod()] if pods is None else pods)
    volumes = {"vol-1": Volume("vol-1", "BLOCK", CLUSTER, tuple(held))}
    return upstream_rule.updates(objects, volumes, CLUSTER, forgiven)


class UpstreamRule(unittest.TestCase):
    def test_equal_sides_need_no_update(self):
        self.assertEqual(found(pod_entity(), claim_entity(), pv_entity()), {})

    def test_references_are_not_compared(self):
        self.assertEqual(found(pod_entity(refers=()), claim_entity(refers=()), pv_entity()), {})

    def test_each_difference_it_sees(self):
        right = [pv_entity(), claim_entity(), pod_entity()]
        for fault, held in {
                "too little": right[:2],
                "too much": [*right, pod_entity("other")],
                "another pod": [*right[:2], pod_entity("other")],
                "labels": [pv_entity(labels=()), *right[1:]],
                "marked deleted": [*right[:2], pod_entity(deleted=True)],
                "marked missing": [pv_entity(labels=(("pv_missing", "true"), ("tier", "gold"))),
                                   *right[1:]]}.items():
            with self.subTest(fault):
                self.assertIn("vol-1", found(*held))

    def test_retained_label_is_kept(self):
        kept = pv_entity(labels=(("pv_retained", "true"), ("tier", "gold")))
        self.assertEqual(found(kept, claim_entity(), pod_entity()), {})

    def test_entities_of_other_clusters_are_not_seen(self):
        self.assertEqual(found(pv_entity(), claim_entity(), pod_entity(),
                               pod_entity("theirs", cluster="c2")), {})

    def test_every_running_pod_counts_even_on_a_disk(self):
        self.assertIn("vol-1", found(pv_entity(), claim_entity(), pod_entity(),
                                     pods=[a_pod(), a_pod("db-1")]))

    def test_released_volume_shows_no_claim(self):
        pv = a_volume(persistentVolumeReclaimPolicy="Retain")
        pv["status"]["phase"] = "Released"
        self.assertEqual(found(pv_entity(), pvs=[pv], claims=[]), {})

    def test_pending_and_failed_volumes_are_none_of_its_business(self):
        pv = a_volume()
        pv["status"]["phase"] = "Failed"
        self.assertEqual(found(pvs=[pv]), {})

    def test_volume_that_cns_does_not_know_would_be_registered(self):
        pv = a_volume()
        pv["spec"]["csi"]["volumeHandle"] = "vol-2"
        self.assertEqual(found(pvs=[pv]), {"vol-2": "not in CNS"})

    def test_forgiven_volumes_are_left_out(self):
        self.assertEqual(found(forgiven={"vol-1"}), {})


if __name__ == "__main__":
    unittest.main()
