"""What a vSphere CSI installation brings to a cluster: namespaces, ServiceAccount, role and token."""

NAMESPACE = "vmware-system-csi"
ACCOUNT = "vsphere-csi-controller"
ROLE = "vsphere-csi-controller-role"
TOKEN_SECONDS = 6 * 3600

# group, resources, verbs: the rights of the container that vsphere-syncer replaces, nothing more.
RIGHTS = [
    ("", "nodes pods", "get list watch"),
    ("", "configmaps", "get list watch create"),
    ("", "persistentvolumeclaims", "get list watch update"),
    ("", "persistentvolumeclaims/status", "patch"),
    ("", "persistentvolumes", "get list watch create update delete patch"),
    ("", "events", "get list watch create update patch"),
    ("coordination.k8s.io", "leases", "get watch list delete update create"),
    ("storage.k8s.io", "storageclasses csinodes", "get list watch"),
    ("storage.k8s.io", "volumeattachments", "get list watch patch"),
    ("storage.k8s.io", "volumeattachments/status", "patch"),
    ("cns.vmware.com", "triggercsifullsyncs", "create get update watch list"),
    ("cns.vmware.com", "cnsvspherevolumemigrations", "create get list watch update delete"),
    ("cns.vmware.com", "cnsvolumeinfoes", "create get list watch delete"),
    ("cns.vmware.com", "csinodetopologies", "get update watch list"),
    ("cns.vmware.com", "cnsvolumeoperationrequests", "create get list update delete"),
    ("apiextensions.k8s.io", "customresourcedefinitions", "get create update"),
    ("snapshot.storage.k8s.io", "volumesnapshots", "get list"),
    ("snapshot.storage.k8s.io", "volumesnapshotclasses", "watch get list"),
    ("snapshot.storage.k8s.io", "volumesnapshotcontents",
     "create get list watch update delete patch"),
    ("snapshot.storage.k8s.io", "volumesnapshotcontents/status", "update patch"),
]


def install(kube, namespaces: list[str]) -> str:
    """Creates it all and returns a token of the ServiceAccount. The cluster must be empty."""
    for name in [NAMESPACE, *namespaces]:
        kube.create("/api/v1/namespaces", {"metadata": {"name": name}})
    # No controller runs here; without a default account the API server refuses every pod.
    for name in namespaces:
        kube.create(accounts(name), {"metadata": {"name": "default"}})

    kube.create(accounts(NAMESPACE), {"metadata": {"name": ACCOUNT}})
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    kube.create(f"{rbac}/clusterroles", {
        "metadata": {"name": ROLE},
        "rules": [{"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split()}
                  for group, resources, verbs in RIGHTS]})
    kube.create(f"{rbac}/clusterrolebindings", {
        "metadata": {"name": ROLE},
        "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": NAMESPACE}],
        "roleRef": {"kind": "ClusterRole", "name": ROLE, "apiGroup": "rbac.authorization.k8s.io"}})
    answer = kube.create(f"{accounts(NAMESPACE)}/{ACCOUNT}/token",
                         {"spec": {"expirationSeconds": TOKEN_SECONDS}})
    return answer["status"]["token"]


def accounts(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/serviceaccounts"
