import { deepEqual, rejects } from "node:assert/strict";
import { join } from "node:path";
import { loadClusterAccess } from "./load_cluster_access.ts";
import { inFolder } from "../../../tests/support/harness/in_folder.ts";

const POD = { KUBERNETES_SERVICE_HOST: "10.53.0.1", KUBERNETES_SERVICE_PORT: "443" };
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const IN_CLUSTER = {
  server: "https://10.53.0.1:443",
  certificateAuthority: { path: `${SERVICE_ACCOUNT}/ca.crt` },
  token: { path: `${SERVICE_ACCOUNT}/token` },
};

/** Runs a test in a folder with kubeconfigs `a`, `b` and `.kube/config`, whose servers say so. */
async function withFiles(test: (folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    await Deno.mkdir(join(folder, ".kube"));
    for (const name of ["a", "b", ".kube/config"]) {
      const host = name.replace(/\W/g, "");
      const text = [
        `current-context: ${host}`,
        `contexts: [{name: ${host}, context: {cluster: ${host}}}]`,
        `clusters: [{name: ${host}, cluster: {server: "https://${host}"}}]`,
      ].join("\n");
      await Deno.writeTextFile(join(folder, name), text);
    }
    await test(folder);
  });
}

Deno.test("loadClusterAccess() takes the given file, then KUBECONFIG, then the file at home, then the pod", async () => {
  await withFiles(async (folder) => {
    const kubeconfig = join(folder, "a");
    const env = { ...POD, HOME: folder, KUBECONFIG: join(folder, "b") };
    deepEqual(await loadClusterAccess({ kubeconfig, env }), { server: "https://a" });
    deepEqual(await loadClusterAccess({ env }), { server: "https://b" });
    deepEqual(await loadClusterAccess({ env: { ...env, KUBECONFIG: "" } }), {
      server: "https://kubeconfig",
    });
    deepEqual(await loadClusterAccess({ env: POD }), IN_CLUSTER);
  });
});

Deno.test("loadClusterAccess() merges the files of KUBECONFIG and passes over those that do not exist", async () => {
  await withFiles(async (folder) => {
    const KUBECONFIG = [join(folder, "missing"), join(folder, "b"), "", join(folder, "a")].join(
      ":",
    );
    deepEqual(await loadClusterAccess({ env: { KUBECONFIG } }), { server: "https://b" });
    deepEqual(await loadClusterAccess({ context: "a", env: { KUBECONFIG } }), {
      server: "https://a",
    });
  });
});

Deno.test("loadClusterAccess() falls back to the pod when the given file does not exist", async () => {
  const kubeconfig = "/nonexistent/config";
  deepEqual(await loadClusterAccess({ kubeconfig, env: POD }), IN_CLUSTER);
  const ipv6 = { ...POD, KUBERNETES_SERVICE_HOST: "fd00::1" };
  deepEqual((await loadClusterAccess({ kubeconfig, env: ipv6 })).server, "https://[fd00::1]:443");
});

Deno.test("loadClusterAccess() says what it looked for when there is nothing", async () => {
  await rejects(
    loadClusterAccess({ kubeconfig: "/nonexistent/config", env: {} }),
    /\/nonexistent\/config does not exist, and KUBERNETES_SERVICE_HOST is not set.*--kubeconfig or the variable KUBECONFIG/,
  );
  await rejects(loadClusterAccess({ env: {} }), /no kubeconfig is named/);
});

Deno.test("loadClusterAccess() names a file that it cannot read", async () => {
  await withFiles(async (folder) => {
    await rejects(
      loadClusterAccess({ kubeconfig: folder, env: POD }),
      new RegExp(`cannot read the kubeconfig ${folder}: it is no regular file$`),
    );
  });
});

Deno.test("loadClusterAccess() takes the proxy of the environment, unless the server is exempt", async () => {
  const env = { ...POD, HTTPS_PROXY: "http://proxy:3128" };
  deepEqual(await loadClusterAccess({ env }), { ...IN_CLUSTER, proxyUrl: "http://proxy:3128" });
  deepEqual(await loadClusterAccess({ env: { ...env, NO_PROXY: "10.53.0.0/16" } }), IN_CLUSTER);
});

Deno.test("loadClusterAccess() gives a plugin what the environment says about proxies", async () => {
  await withFiles(async (folder) => {
    const path = join(folder, "exec");
    const exec =
      "{apiVersion: client.authentication.k8s.io/v1, command: x, env: [{name: NO_PROXY, value: b}]}";
    await Deno.writeTextFile(
      path,
      `{current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}],
      clusters: [{name: a, cluster: {server: "https://a", proxy-url: "http://own"}}],
      users: [{name: a, user: {exec: ${exec}}}]}`,
    );
    const env = { HTTPS_PROXY: "http://proxy", NO_PROXY: "a", OTHER: "x" };
    const access = await loadClusterAccess({ kubeconfig: path, env });
    deepEqual(access.proxyUrl, "http://own");
    deepEqual(access.exec?.env, { HTTPS_PROXY: "http://proxy", NO_PROXY: "b" });
  });
});
