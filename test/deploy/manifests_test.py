"""The components of deploy/ change what they are for and nothing else."""

import copy
import re
import unittest

import manifests
from manifests import DEPLOY, INSTALLATION, container, read, render, render_with

SYNCER, WEBHOOK = "vsphere-syncer", "vsphere-webhook"
VERSION = re.search(r"project\(vsphere_syncer VERSION (\S+)",
                    (DEPLOY.parent / "CMakeLists.txt").read_text())[1]
IMAGE = "vsphere-syncer:" + VERSION


def by_name(objects: list[dict]) -> dict[tuple[str, str], dict]:
    return {(thing["kind"], thing["metadata"]["name"]): thing for thing in objects}


def without(objects: list[dict], *keys: str) -> dict:
    """The objects by name, the syncer's container less these keys."""
    left = copy.deepcopy(objects)
    for key in keys:
        container(left, SYNCER).pop(key, None)
    return by_name(left)


class Files(unittest.TestCase):
    def test_every_file_is_yaml_with_kind_and_version(self):
        files = sorted(DEPLOY.rglob("*.yaml"))
        self.assertGreaterEqual(len(files), 10)
        for file in files:
            for thing in read(file):
                with self.subTest(str(file.relative_to(DEPLOY))):
                    self.assertTrue(thing["kind"] and thing["apiVersion"])

    def test_trial_reads_and_is_never_given_more(self):
        rules = [rule for thing in read(DEPLOY / "trial/role.yaml") for rule in thing.get("rules", [])]
        self.assertTrue(rules)
        for rule in rules:
            self.assertLessEqual(set(rule["verbs"]), {"get", "list", "watch"}, rule)
            self.assertNotIn("secrets", rule["resources"])

    def test_trial_cannot_write_to_vcenter(self):
        job = container(read(DEPLOY / "trial/job.yaml"), SYNCER)
        self.assertIn("--dry-run", job["args"])
        self.assertEqual(job["image"], IMAGE)

    def test_trial_runs_as_confined_as_the_sidecar(self):
        job = container(read(DEPLOY / "trial/job.yaml"), SYNCER)
        hardened = read(DEPLOY / "hardened/hardened.yaml")[0]["spec"]["containers"][0]
        for key in ("securityContext", "resources"):
            self.assertEqual(job[key], hardened[key])


@unittest.skipUnless(manifests.go(), "kustomize needs Go 1.25 or newer, and none is here")
class Rendered(unittest.TestCase):
    def setUp(self):
        self.before = read(INSTALLATION)

    def test_image_only_changes_one_line_of_one_container(self):
        after = render_with("image-only")
        self.assertEqual(container(after, SYNCER)["image"], IMAGE)
        self.assertEqual(without(after, "image"), without(self.before, "image"))

    def test_the_webhook_keeps_its_image_when_ours_gets_its_registry(self):
        after = render_with("image-only", images=[
            {"name": "vsphere-syncer", "newName": "registry.test/ours", "newTag": "1.2.3"}])
        self.assertEqual(container(after, SYNCER)["image"], "registry.test/ours:1.2.3")
        self.assertEqual(container(after, WEBHOOK), container(self.before, WEBHOOK))
        self.assertEqual(without(after, "image"), without(self.before, "image"))

    def test_hardened_adds_to_the_syncer_alone(self):
        added = ("terminationMessagePolicy", "livenessProbe", "readinessProbe", "resources",
                 "securityContext")
        after = render_with("image-only", "hardened")
        self.assertEqual(without(after, "image", *added), without(self.before, "image", *added))
        syncer = container(after, SYNCER)
        self.assertEqual(syncer["livenessProbe"]["httpGet"], {"path": "/livez", "port": 2113})
        self.assertEqual(syncer["readinessProbe"]["httpGet"], {"path": "/readyz", "port": 2113})
        self.assertEqual(syncer["securityContext"], {
            "runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532,
            "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}})
        self.assertEqual(sorted(syncer["resources"]["requests"]), ["cpu", "memory"])
        self.assertEqual(list(syncer["resources"]["limits"]), ["memory"])

    def test_the_others_add_objects_and_change_none(self):
        kinds = [thing["kind"] for thing in self.before]
        for component, added in (("flow-schema", ["FlowSchema"] * 2), ("pod-monitor", ["PodMonitor"])):
            with self.subTest(component):
                after = render_with(component)
                self.assertEqual(sorted(thing["kind"] for thing in after), sorted(kinds + added))
                old = by_name(self.before)
                self.assertEqual({key: by_name(after)[key] for key in old}, old)

    def test_any_namespace_will_do(self):
        elsewhere = INSTALLATION.read_text().replace("namespace: vmware-system-csi", "namespace: csi")
        after = render_with("image-only", "hardened", installation=elsewhere)
        self.assertEqual(container(after, SYNCER)["image"], IMAGE)
        self.assertIn("livenessProbe", container(after, SYNCER))

    def test_an_installation_without_the_sidecar_is_an_error(self):
        other = INSTALLATION.read_text().replace("- name: vsphere-syncer", "- name: syncer")
        for component in ("image-only", "hardened"):
            with self.subTest(component), self.assertRaisesRegex(RuntimeError, "name=vsphere-syncer"):
                render_with(component, installation=other)

    def test_pod_monitor_and_service_name_ports_that_exist(self):
        after = render_with("pod-monitor")
        monitor = by_name(after)["PodMonitor", "vsphere-syncer"]["spec"]
        template = by_name(after)["Deployment", "vsphere-csi-controller"]["spec"]["template"]
        self.assertLessEqual(monitor["selector"]["matchLabels"].items(),
                             template["metadata"]["labels"].items())
        self.assertEqual([end["port"] for end in monitor["podMetricsEndpoints"]],
                         [port["name"] for port in container(after, SYNCER)["ports"]])

    def test_trial_stands_alone_in_one_namespace(self):
        trial = by_name(render(DEPLOY / "trial"))
        self.assertEqual({kind for kind, _ in trial},
                         {"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Job"})
        for (kind, _), thing in trial.items():
            wanted = None if kind.startswith("Cluster") else "vmware-system-csi"
            self.assertEqual(thing["metadata"].get("namespace"), wanted)


if __name__ == "__main__":
    unittest.main()
