// gcfg-oracle reads csi-vsphere.conf files with the library that the CSI driver reads them with, and
// tells what it understood.
//
// On stdin: for each file its length in 4 bytes, big endian, then the file. On stdout: for each file one
// line of JSON, its sections, or {"error": text}.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"gopkg.in/gcfg.v1"
)

// gcfg reads a type of its own, which is no plain string, as one word.
type word string

type global struct {
	VCenterIP                string `json:"vcenterip"`
	ClusterID                string `gcfg:"cluster-id" json:"cluster-id"`
	SupervisorID             string `gcfg:"supervisor-id" json:"supervisor-id"`
	User                     string `gcfg:"user" json:"user"`
	Password                 string `gcfg:"password" json:"password"`
	Port                     string `gcfg:"port" json:"port"`
	Insecure                 bool   `gcfg:"insecure-flag" json:"insecure-flag"`
	CAFile                   string `gcfg:"ca-file" json:"ca-file"`
	Thumbprint               string `gcfg:"thumbprint" json:"thumbprint"`
	Datacenters              string `gcfg:"datacenters" json:"datacenters"`
	RegisterVolumesCleanup   int    `gcfg:"cnsregistervolumes-cleanup-intervalinmin" json:"cnsregistervolumes-cleanup-intervalinmin"`
	PVCProtectionCleanup     int    `gcfg:"cnspvcprotection-cleanup-intervalinmin" json:"cnspvcprotection-cleanup-intervalinmin"`
	MigrationCleanup         int    `gcfg:"volumemigration-cr-cleanup-intervalinmin" json:"volumemigration-cr-cleanup-intervalinmin"`
	ClusterDistribution      string `gcfg:"cluster-distribution" json:"cluster-distribution"`
	AuthCheck                int    `gcfg:"csi-auth-check-intervalinmin" json:"csi-auth-check-intervalinmin"`
	OperationRequestCleanup  int    `gcfg:"cnsvolumeoperationrequest-cleanup-intervalinmin" json:"cnsvolumeoperationrequest-cleanup-intervalinmin"`
	FetchPreferredDatastores int    `gcfg:"csi-fetch-preferred-datastores-intervalinmin" json:"csi-fetch-preferred-datastores-intervalinmin"`
	QueryLimit               int    `gcfg:"query-limit" json:"query-limit"`
	ListVolumeThreshold      int    `gcfg:"list-volume-threshold" json:"list-volume-threshold"`
}

type vCenter struct {
	User                string `gcfg:"user" json:"user"`
	Password            string `gcfg:"password" json:"password"`
	Port                string `gcfg:"port" json:"port"`
	Insecure            bool   `gcfg:"insecure-flag" json:"insecure-flag"`
	CAFile              string `gcfg:"ca-file" json:"ca-file"`
	Thumbprint          string `gcfg:"thumbprint" json:"thumbprint"`
	Datacenters         string `gcfg:"datacenters" json:"datacenters"`
	FileShareClusters   string `gcfg:"targetvSANFileShareClusters" json:"targetvsanfileshareclusters"`
	MigrationDatastore  string `gcfg:"migration-datastore-url" json:"migration-datastore-url"`
	FileVolumeActivated bool   `json:"filevolumeactivated"`
}

type netPermissions struct {
	IPs         string `gcfg:"ips" json:"ips"`
	Permissions word   `gcfg:"permissions" json:"permissions"`
	RootSquash  bool   `gcfg:"rootsquash" json:"rootsquash"`
}

type labels struct {
	Zone               string `gcfg:"zone" json:"zone"`
	Region             string `gcfg:"region" json:"region"`
	TopologyCategories string `gcfg:"topology-categories" json:"topology-categories"`
}

type topologyCategory struct {
	Label string `gcfg:"label" json:"label"`
}

type snapshot struct {
	Global int `gcfg:"global-max-snapshots-per-block-volume" json:"global-max-snapshots-per-block-volume"`
	VSAN   int `gcfg:"granular-max-snapshots-per-block-volume-vsan" json:"granular-max-snapshots-per-block-volume-vsan"`
	VVol   int `gcfg:"granular-max-snapshots-per-block-volume-vvol" json:"granular-max-snapshots-per-block-volume-vvol"`
}

type config struct {
	Global           global                       `json:"global"`
	VirtualCenter    map[string]*vCenter          `json:"virtualcenter"`
	NetPermissions   map[string]*netPermissions   `json:"netpermissions"`
	Labels           labels                       `json:"labels"`
	TopologyCategory map[string]*topologyCategory `json:"topologycategory"`
	Snapshot         snapshot                     `json:"snapshot"`
}

func understood(text []byte) (result any) {
	defer func() {
		if fault := recover(); fault != nil {
			result = map[string]string{"panic": fmt.Sprint(fault)}
		}
	}()
	read := config{
		VirtualCenter:    map[string]*vCenter{},
		NetPermissions:   map[string]*netPermissions{},
		TopologyCategory: map[string]*topologyCategory{},
	}
	// Unknown sections and keys are warnings, which the CSI driver does not look at.
	if err := gcfg.FatalOnly(gcfg.ReadInto(&read, bytes.NewReader(text))); err != nil {
		return map[string]string{"error": err.Error()}
	}
	return read
}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	lines := json.NewEncoder(out)
	for {
		var size uint32
		if err := binary.Read(in, binary.BigEndian, &size); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			log.Fatal(err)
		}
		text := make([]byte, size)
		if _, err := io.ReadFull(in, text); err != nil {
			log.Fatal(err)
		}
		if err := lines.Encode(understood(text)); err != nil {
			log.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}
