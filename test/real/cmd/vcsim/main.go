// vcsim for the rig: a vCenter 8.0.2 with the CNS simulator, over TLS, that lets one account in.
//
// Beside the vCenter it serves a plain admin port on loopback, see admin.go. The program prints one
// line "ready https://... admin http://..." when both answer, and lives until SIGTERM or SIGINT.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	_ "github.com/vmware/govmomi/cns/simulator"
	"github.com/vmware/govmomi/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator"
)

type options struct {
	listen, admin      string
	certFile, keyFile  string
	user, passwordFile string
	machines           int
}

func main() {
	var o options
	flag.StringVar(&o.listen, "listen", "127.0.0.1:0", "address of the vCenter")
	flag.StringVar(&o.admin, "admin", "127.0.0.1:0", "address of the admin port")
	flag.StringVar(&o.certFile, "cert", "", "server certificate (PEM)")
	flag.StringVar(&o.keyFile, "key", "", "server key (PEM)")
	flag.StringVar(&o.user, "user", "administrator@vsphere.local", "the account that may log in")
	flag.StringVar(&o.passwordFile, "password-file", "", "file that holds its password")
	flag.IntVar(&o.machines, "machines", 0, "number of virtual machines")
	flag.Parse()

	if err := run(o); err != nil {
		log.Fatal(err)
	}
}

func run(o options) error {
	password, err := os.ReadFile(o.passwordFile)
	if err != nil {
		return err
	}
	certificate, err := tls.LoadX509KeyPair(o.certFile, o.keyFile)
	if err != nil {
		return err
	}
	account := url.UserPassword(o.user, string(password))

	model, err := newVCenter(account, o.machines)
	if err != nil {
		return err
	}
	defer model.Remove()

	// The simulator's own listener, kept private: clients come through the counting front.
	inner := model.Service.NewServer()
	defer inner.Close()

	counters := newCallCounters()
	front := &http.Server{
		Handler:   counters.wrap(&waitSlicer{next: model.Service.ServeMux}),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}},
	}
	admin := &http.Server{Handler: newAdmin(model.Service, inner.URL, account, counters)}

	frontListener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	adminListener, err := net.Listen("tcp", o.admin)
	if err != nil {
		return err
	}

	failed := make(chan error, 2)
	go func() { failed <- front.ServeTLS(frontListener, "", "") }()
	go func() { failed <- admin.Serve(adminListener) }()
	fmt.Printf("ready https://%s admin http://%s\n", frontListener.Addr(), adminListener.Addr())

	stop, release := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer release()
	select {
	case <-stop.Done():
		return nil
	case err := <-failed:
		return errors.Join(errors.New("listener ended"), err)
	}
}

// A vCenter with one datacenter DC0 and one datastore; VMs, all in one cluster, cost start-up time and are made on demand.
func newVCenter(account *url.Userinfo, machines int) (*simulator.Model, error) {
	model := simulator.VPX()
	if machines > 0 {
		model.Host = 0
	}
	model.Machine = machines
	model.ServiceContent.About.Version = "8.0.2"
	model.ServiceContent.About.ApiVersion = "8.0.2.0"
	model.ServiceContent.About.FullName = "VMware vCenter Server 8.0.2 (simulator)"
	if err := model.Create(); err != nil {
		return nil, err
	}
	model.Service.Listen = &url.URL{Host: "127.0.0.1:0", User: account}
	model.Service.RegisterEndpoints = true
	return model, nil
}
