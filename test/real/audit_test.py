"""The judge of audit logs: what is within the role, and what is not."""

import json
import tempfile
import unittest
from pathlib import Path

import audit


def event(verb: str, uri: str, **about: str) -> dict:
    return {"verb": verb, "requestURI": uri, **({"objectRef": about} if about else {})}


class Outside(unittest.TestCase):
    def outside(self, *events: dict) -> list[str]:
        return audit.outside(list(events))

    def test_verbs_of_the_role_are_inside(self):
        self.assertEqual(self.outside(
            event("watch", "/api/v1/pods?watch=1", resource="pods"),
            event("update", "/apis/coordination.k8s.io/v1/namespaces/a/leases/vsphere-syncer",
                  resource="leases", apiGroup="coordination.k8s.io"),
            event("patch", "/api/v1/namespaces/a/persistentvolumeclaims/b/status",
                  resource="persistentvolumeclaims", subresource="status")), [])

    def test_another_verb_resource_or_group_is_outside(self):
        self.assertEqual(self.outside(
            event("patch", "/apis/coordination.k8s.io/v1/namespaces/a/leases/vsphere-syncer?fieldManager=x",
                  resource="leases", apiGroup="coordination.k8s.io"),
            event("get", "/api/v1/namespaces/kube-system", resource="namespaces"),
            event("get", "/apis/other/v1/pods", resource="pods", apiGroup="other")), [
                "get /api/v1/namespaces/kube-system", "get /apis/other/v1/pods",
                "patch /apis/coordination.k8s.io/v1/namespaces/a/leases/vsphere-syncer"])

    def test_a_right_to_the_object_is_none_to_its_status(self):
        self.assertEqual(self.outside(event(
            "update", "/api/v1/namespaces/a/persistentvolumeclaims/b/status",
            resource="persistentvolumeclaims", subresource="status")),
            ["update /api/v1/namespaces/a/persistentvolumeclaims/b/status"])

    def test_what_everybody_may_is_inside(self):
        self.assertEqual(self.outside(
            event("get", "/version?timeout=5s"), event("get", "/apis/cns.vmware.com"),
            event("create", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                  apiGroup="authorization.k8s.io", resource="selfsubjectaccessreviews")), [])
        self.assertEqual(self.outside(event("get", "/metrics"), event("get", "/versions")),
                         ["get /metrics", "get /versions"])

    def test_a_refusal_is_no_excuse_and_each_is_named_once(self):
        refused = {**event("list", "/api/v1/secrets", resource="secrets"), "responseStatus": {"code": 403}}
        self.assertEqual(self.outside(refused, refused), ["list /api/v1/secrets"])

    def test_reads_one_event_per_line(self):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder, "audit.log")
            log.write_text("".join(json.dumps(event("get", path)) + "\n" for path in ("/a", "/b")))
            self.assertEqual([audit.title(each) for each in audit.read(log)], ["get /a", "get /b"])


if __name__ == "__main__":
    unittest.main()
