#!/usr/bin/env bash
# The least that vsphere-syncer needs in vCenter, as govc commands.
#
# usage: GOVC_URL=... GOVC_USERNAME=... GOVC_PASSWORD=... deploy/vcenter-role.sh USER@DOMAIN
#
# As a sidecar it logs in as the CSI controller, whose roles have all this already. A user of its own
# is for a trial, or for a syncer outside of that pod.
set -euo pipefail
user=${1:?usage: deploy/vcenter-role.sh USER@DOMAIN}

# Every role contains System.Read, which the results of tasks need on the root.
# StorageProfile.View: storage policies by name, of in-tree volumes alone.
govc role.create vsphere-syncer-cns Cns.Searchable StorageProfile.View
govc permissions.set -principal "$user" -role vsphere-syncer-cns -propagate=false /

# Node VMs, hosts and the folders above them.
while read -r datacenter; do
  govc permissions.set -principal "$user" -role ReadOnly -propagate=true "$datacenter"
done < <(govc find / -type d)

# Registering what exists: static volumes and in-tree disks.
govc role.create vsphere-syncer-datastore Datastore.FileManagement
while read -r datastore; do
  govc permissions.set -principal "$user" -role vsphere-syncer-datastore -propagate=false "$datastore"
done < <(govc find / -type s)

# The same for file volumes, on clusters with vSAN file service.
govc role.create vsphere-syncer-files Host.Config.Storage
while read -r cluster; do
  govc permissions.set -principal "$user" -role vsphere-syncer-files -propagate=true "$cluster"
done < <(govc find / -type c)
