//go:build programs

// Package helm names the program of Helm that the tests use, so that go.mod and go.sum cover it. It is
// built by its import path.
package helm

import _ "helm.sh/helm/v3/cmd/helm"
