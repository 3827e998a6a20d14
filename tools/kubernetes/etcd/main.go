// Command etcd is the store of Kubernetes' API servers, built from its published module: the tests
// run a real API server on it.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
