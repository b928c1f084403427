package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// admin is what a test may do to the vCenter from outside its protocol:
//
//	GET  /stats          {"calls": {method: requests since start}}
//	POST /disks          {"ids": [...]} first class disks with these ids, ready to become CNS volumes
//	GET  /machines       {"uuids": of the VMs, "objects": {type: ids of hosts, clusters and datacenters}}
//	POST /sessions/kill  ends every login session; answers {"killed": n}
type admin struct {
	service  *simulator.Service
	inner    *url.URL
	account  *url.Userinfo
	counters *callCounters
}

func newAdmin(service *simulator.Service, inner *url.URL, account *url.Userinfo, counters *callCounters) http.Handler {
	a := &admin{service: service, inner: inner, account: account, counters: counters}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"calls": counters.snapshot()})
	})
	mux.HandleFunc("POST /disks", a.addDisks)
	mux.HandleFunc("GET /machines", a.machines)
	mux.HandleFunc("POST /sessions/kill", a.killSessions)
	return mux
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}

func (a *admin) machines(w http.ResponseWriter, _ *http.Request) {
	uuids := []string{}
	objects := map[string][]string{}
	for _, vm := range a.service.Context.Map.All("VirtualMachine") {
		uuids = append(uuids, vm.(*simulator.VirtualMachine).Config.Uuid)
	}
	for _, kind := range []string{"HostSystem", "ClusterComputeResource", "Datacenter"} {
		for _, object := range a.service.Context.Map.All(kind) {
			objects[kind] = append(objects[kind], object.Reference().Value)
		}
	}
	answer(w, map[string]any{"uuids": uuids, "objects": objects})
}

func (a *admin) addDisks(w http.ResponseWriter, r *http.Request) {
	var request struct{ Ids []string }
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}

	ctx := a.service.Context
	datastore := ctx.Map.Any("Datastore").(*simulator.Datastore)
	catalog := ctx.Map.VStorageObjectManager().Catalog()
	ctx.WithLock(ctx.Map.VStorageObjectManager(), func() {
		disks := catalog[datastore.Self]
		if disks == nil {
			disks = map[types.ID]*simulator.VStorageObject{}
			catalog[datastore.Self] = disks
		}
		for _, id := range request.Ids {
			disks[types.ID{Id: id}] = newDisk(id, datastore)
		}
	})
	answer(w, map[string]any{"added": len(request.Ids)})
}

// The simulator's CNS reads only the catalogue, so the disk needs no file on the datastore.
func newDisk(id string, datastore *simulator.Datastore) *simulator.VStorageObject {
	disk := &simulator.VStorageObject{}
	disk.Config.Id = types.ID{Id: id}
	disk.Config.Name = id
	disk.Config.CreateTime = time.Now()
	disk.Config.CapacityInMB = 1024
	disk.Config.ConsumptionType = []string{"disk"}
	disk.Config.Backing = &types.BaseConfigInfoDiskFileBackingInfo{
		BaseConfigInfoFileBackingInfo: types.BaseConfigInfoFileBackingInfo{
			BaseConfigInfoBackingInfo: types.BaseConfigInfoBackingInfo{Datastore: datastore.Self},
			FilePath:                  "[" + datastore.Name + "] fcd/" + id + ".vmdk",
		},
		ProvisioningType: string(types.BaseConfigInfoDiskFileBackingInfoProvisioningTypeThin),
	}
	return disk
}

func (a *admin) killSessions(w http.ResponseWriter, r *http.Request) {
	killed, err := a.terminateOthers(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, map[string]any{"killed": killed})
}

// Ends the sessions as an administrator would: by a second login that terminates all but itself.
func (a *admin) terminateOthers(ctx context.Context) (int, error) {
	target := *a.inner
	target.User = a.account
	client, err := govmomi.NewClient(ctx, &target, true)
	if err != nil {
		return 0, err
	}
	defer client.Logout(ctx)

	own, err := client.SessionManager.UserSession(ctx)
	if err != nil {
		return 0, err
	}
	var manager mo.SessionManager
	ref := *client.ServiceContent.SessionManager
	if err := property.DefaultCollector(client.Client).RetrieveOne(ctx, ref, []string{"sessionList"}, &manager); err != nil {
		return 0, err
	}

	var keys []string
	for _, session := range manager.SessionList {
		if session.Key != own.Key {
			keys = append(keys, session.Key)
		}
	}
	if len(keys) == 0 {
		return 0, nil
	}
	request := types.TerminateSession{This: ref, SessionId: keys}
	if _, err := methods.TerminateSession(ctx, client.Client, &request); err != nil {
		return 0, err
	}
	return len(keys), nil
}
