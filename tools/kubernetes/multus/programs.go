//go:build programs

// Package multus names the plugin that gives pods of the tests a second interface, so that go.mod
// and go.sum cover it. It is built by its import path.
package multus

import _ "gopkg.in/k8snetworkplumbingwg/multus-cni.v4/cmd/multus"
