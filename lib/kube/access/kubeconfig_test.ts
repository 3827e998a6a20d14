import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { clusterAccessOf, mergeKubeconfigs } from "./kubeconfig.ts";
import { KubeconfigError } from "./kubeconfig_section.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly root?: object;
}

/** A kubeconfig with one context; JSON is YAML, too. */
function kubeconfig({ cluster = {}, user = {}, root = {} }: Parts = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "main",
    contexts: [{ name: "main", context: { cluster: "prod", user: "admin", namespace: "x" } }],
    clusters: [{ name: "prod", cluster: { server: "https://api.example:6443", ...cluster } }],
    users: [{ name: "admin", user }],
    ...root,
  });
}

function access(parts: Parts, context?: string) {
  const config = mergeKubeconfigs([{ path: "/home/me/.kube/config", text: kubeconfig(parts) }]);
  return clusterAccessOf(config, context);
}

const PLUGIN = { apiVersion: "client.authentication.k8s.io/v1", command: "aws" };

const ACCESSES: readonly (Parts & { readonly name: string; readonly gives: object })[] = [
  { name: "a server alone", gives: {} },
  {
    name: "a server behind a path, as Rancher has it",
    cluster: { server: "https://rancher.example/k8s/clusters/c-1/" },
    gives: { server: "https://rancher.example/k8s/clusters/c-1" },
  },
  {
    name: "where standalone serves its dumps, among extensions of others",
    cluster: {
      extensions: [
        { name: "cluster_info", extension: { provider: "minikube.sigs.k8s.io" } },
        { name: "vm-dhcp", extension: { http: "127.0.0.1:8080" } },
      ],
    },
    gives: { dumps: "127.0.0.1:8080" },
  },
  { name: "extensions of others alone", cluster: { extensions: [{ name: "x" }] }, gives: {} },
  { name: "a token", user: { token: "t" }, gives: { token: { text: "t" } } },
  {
    name: "a token file, which wins over a token",
    user: { token: "t", tokenFile: "token" },
    gives: { token: { path: "/home/me/.kube/token" } },
  },
  {
    name: "certificates in the file, which win over paths",
    cluster: { "certificate-authority-data": btoa(PEM), "certificate-authority": "/ca.crt" },
    user: { "client-certificate-data": btoa(PEM), "client-key-data": btoa(PEM) },
    gives: {
      certificateAuthority: { text: PEM },
      clientCertificate: { text: PEM },
      clientKey: { text: PEM },
    },
  },
  {
    name: "certificates by path, from the folder of the file",
    cluster: { "certificate-authority": "../ca.crt" },
    user: { "client-certificate": "/etc/me.crt", "client-key": "me.key" },
    gives: {
      certificateAuthority: { path: "/home/me/ca.crt" },
      clientCertificate: { path: "/etc/me.crt" },
      clientKey: { path: "/home/me/.kube/me.key" },
    },
  },
  {
    name: "a proxy",
    cluster: { "proxy-url": "socks5://127.0.0.1:1080" },
    user: {},
    gives: { proxyUrl: "socks5://127.0.0.1:1080" },
  },
  {
    name: "a server of another name",
    cluster: { "tls-server-name": "kubernetes.default" },
    user: {},
    gives: { tlsServerName: "kubernetes.default" },
  },
  {
    name: "a server that is not checked",
    cluster: { "insecure-skip-tls-verify": true, "certificate-authority-data": "" },
    user: {},
    gives: { insecureSkipTlsVerify: true },
  },
  {
    name: "a username and a password",
    cluster: {},
    user: { username: "me", password: "p" },
    gives: { basicAuth: { username: "me", password: "p" } },
  },
  {
    name: "a plugin by name",
    cluster: {},
    user: { exec: { ...PLUGIN, args: ["get-token"], env: [{ name: "A", value: "b" }] } },
    gives: {
      exec: {
        apiVersion: PLUGIN.apiVersion,
        command: "aws",
        args: ["get-token"],
        env: { A: "b" },
      },
    },
  },
  {
    name: "a plugin by path that wants to know the cluster",
    cluster: {},
    user: {
      exec: { ...PLUGIN, command: "./aws", provideClusterInfo: true, installHint: "buy it" },
    },
    gives: {
      exec: {
        apiVersion: PLUGIN.apiVersion,
        command: "/home/me/.kube/aws",
        args: [],
        env: {},
        installHint: "buy it",
        clusterInfo: { server: "https://api.example:6443" },
      },
    },
  },
  {
    name: "empty texts and false as if they were absent",
    cluster: { "certificate-authority": "", "insecure-skip-tls-verify": false, "proxy-url": "" },
    user: { token: "", exec: null },
    gives: {},
  },
];

for (const { name, gives, ...parts } of ACCESSES) {
  Deno.test(`clusterAccessOf() understands ${name}`, () => {
    deepEqual(access(parts), { server: "https://api.example:6443", namespace: "x", ...gives });
  });
}

const REFUSED: readonly (Parts & { readonly field: string; readonly says: RegExp })[] = [
  {
    cluster: {
      "insecure-skip-tls-verify": true,
      "certificate-authority": "ca.crt",
      "certificate-authority-data": "",
    },
    field: "clusters[0].cluster.insecure-skip-tls-verify",
    says: /cannot be true beside a certificate-authority/,
  },
  {
    cluster: { "proxy-url": "user:s3cret@proxy" },
    field: "clusters[0].cluster.proxy-url",
    says: /must be a URL that begins with http:\/\/, https:\/\/ or socks5:\/\/$/,
  },
  {
    cluster: { "proxy-url": "http://user:100%s3cret@proxy" },
    field: "clusters[0].cluster.proxy-url",
    says: /must have each % in its user and password written as %25$/,
  },
  {
    cluster: { "proxy-url": "socks5://proxy", "tls-server-name": "other" },
    field: "clusters[0].cluster.tls-server-name",
    says: /supported together with a proxy-url only when that begins with http:\/\/$/,
  },
  { cluster: { server: "" }, field: "clusters[0].cluster.server", says: /is missing/ },
  { cluster: { server: "api:6443" }, field: "clusters[0].cluster.server", says: /must be a URL/ },
  { cluster: { server: 6443 }, field: "clusters[0].cluster.server", says: /must be a text/ },
  {
    cluster: { "certificate-authority-data": "%%%" },
    field: "clusters[0].cluster.certificate-authority-data",
    says: /must be PEM in base64/,
  },
  {
    cluster: { "certificate-authority-data": btoa("no pem") },
    field: "clusters[0].cluster.certificate-authority-data",
    says: /must be PEM in base64/,
  },
  {
    cluster: { "insecure-skip-tls-verify": "yes" },
    field: "clusters[0].cluster.insecure-skip-tls-verify",
    says: /must be true or false/,
  },
  {
    user: { exec: { command: "aws" } },
    field: "users[0].user.exec.apiVersion",
    says: /is missing/,
  },
  {
    user: { exec: { apiVersion: "client.authentication.k8s.io/v1alpha1", command: "aws" } },
    field: "users[0].user.exec.apiVersion",
    says: /must be client\.authentication\.k8s\.io\/v1 or/,
  },
  {
    user: { exec: { ...PLUGIN, interactiveMode: "Always" } },
    field: "users[0].user.exec.interactiveMode",
    says: /nobody is there to answer/,
  },
  {
    user: { exec: { ...PLUGIN, args: ["a", 1] } },
    field: "users[0].user.exec.args",
    says: /must be a list of texts/,
  },
  { user: { exec: "aws" }, field: "users[0].user.exec", says: /must be a mapping/ },
  { user: { password: "p" }, field: "users[0].user.username", says: /is missing/ },
  { user: { username: "u", token: "t" }, field: "users[0].user.username", says: /beside a token/ },
  { user: { as: "somebody" }, field: "users[0].user.as", says: /not supported: use a token/ },
  { user: { "auth-provider": {} }, field: "users[0].user.auth-provider", says: /not supported/ },
  {
    user: { "client-certificate": "me.crt" },
    field: "users[0].user.client-key-data",
    says: /belong together/,
  },
  { root: { "current-context": "" }, field: "current-context", says: /is not set/ },
  { root: { "current-context": "other" }, field: "contexts", says: /has no context "other"/ },
  { root: { users: [] }, field: "contexts[0].context.user", says: /there is no user "admin"/ },
  { root: { clusters: "x" }, field: "clusters", says: /must be a list/ },
  { root: { clusters: ["x"] }, field: "clusters[0]", says: /must be a mapping/ },
  { root: { users: [{ name: "admin" }] }, field: "users[0].user", says: /must be a mapping/ },
  { root: { contexts: [{ context: {} }] }, field: "contexts[0].name", says: /is missing/ },
];

for (const { field, says, ...parts } of REFUSED) {
  Deno.test(`clusterAccessOf() refuses ${JSON.stringify(parts)}, naming file and field`, () => {
    throws(() => access(parts), (error) => {
      ok(error instanceof KubeconfigError);
      equal(error.field, field);
      ok(error.message.startsWith(`/home/me/.kube/config: ${field} `), error.message);
      return says.test(error.message);
    });
  });
}

Deno.test("clusterAccessOf() does not mind what it cannot use in entries that are not chosen", () => {
  const text = kubeconfig({
    root: {
      users: [{ name: "admin", user: { token: "t" } }, { name: "other", user: { exec: {} } }],
    },
  });
  const config = mergeKubeconfigs([{ path: "/config", text }]);
  deepEqual(clusterAccessOf(config).token, { text: "t" });
});

Deno.test("clusterAccessOf() takes the context that is asked for", () => {
  const root = {
    contexts: [
      { name: "main", context: { cluster: "prod", user: "admin" } },
      { name: "anonymous", context: { cluster: "prod" } },
    ],
  };
  deepEqual(access({ user: { token: "t" }, root }, "anonymous"), {
    server: "https://api.example:6443",
  });
});

Deno.test("mergeKubeconfigs() lets the first file win, entry by entry", () => {
  const first = {
    path: "/first/config",
    text: JSON.stringify({ users: [{ name: "admin", user: { tokenFile: "token" } }] }),
  };
  const second = {
    path: "/second/config",
    text: kubeconfig({
      cluster: { "certificate-authority": "ca.crt" },
      user: { token: "from the second" },
    }),
  };
  deepEqual(clusterAccessOf(mergeKubeconfigs([first, second])), {
    server: "https://api.example:6443",
    namespace: "x",
    certificateAuthority: { path: "/second/ca.crt" },
    token: { path: "/first/token" },
  });
});

Deno.test("mergeKubeconfigs() names the line of broken YAML without repeating it", () => {
  const text = "apiVersion: v1\nusers:\n- user: {token: s3cret\n";
  throws(() => mergeKubeconfigs([{ path: "/config", text }]), (error) => {
    ok(error instanceof KubeconfigError);
    ok(/^\/config: line [34] is no valid YAML/.test(error.message), error.message);
    return !error.message.includes("s3cret");
  });
  throws(() => mergeKubeconfigs([{ path: "/config", text: "just text" }]), KubeconfigError);
});
