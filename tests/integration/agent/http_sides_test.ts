/** Which side of an agent its HTTP endpoints can be reached from. */

import assert from "node:assert/strict";
import { integrationTest } from "../../support/harness/integration_test.ts";
import {
  commandIn,
  createVethPair,
  NetworkNamespace,
  type NetworkPlace,
  runIn,
} from "../../support/network/network_namespace.ts";
import { LineLog } from "../../support/process/line_log.ts";
import { PROGRAMS } from "../../support/process/standalone_process.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

const POD_IP = "10.52.0.2";
/** An address of the pod on the VM network, as a network attachment with IPAM gives one. */
const VM_SIDE_IP = "192.0.2.2";

/** A pod with `eth0` in the cluster and `eth1` on the VM network, and a host at the end of each. */
async function createPod(cleanUp: AsyncDisposableStack, label = "eth0") {
  const [pod, node, vm] = [
    cleanUp.use(await NetworkNamespace.create()),
    cleanUp.use(await NetworkNamespace.create()),
    cleanUp.use(await NetworkNamespace.create()),
  ];
  await createVethPair({ place: pod, name: "eth0", peerPlace: node, peerName: "pod0" });
  await createVethPair({ place: pod, name: "eth1", peerPlace: vm, peerName: "eth0" });
  await runIn(pod, "ip", "address", "add", `${POD_IP}/24`, "dev", "eth0", "label", label);
  await runIn(node, "ip", "address", "add", "10.52.0.1/24", "dev", "pod0");
  await runIn(pod, "ip", "address", "add", `${VM_SIDE_IP}/24`, "dev", "eth1");
  await runIn(vm, "ip", "address", "add", "192.0.2.10/24", "dev", "eth0");
  await runIn(vm, "ip", "route", "add", "10.52.0.0/24", "via", VM_SIDE_IP);
  return { pod, node, vm };
}

/** Starts an agent that listens; resolves when it says where. */
async function startAgent(
  pod: NetworkPlace,
  { http, env = {} }: { readonly http: string; readonly env?: Readonly<Record<string, string>> },
  cleanUp: AsyncDisposableStack,
): Promise<string> {
  const args = ["agent", "--ippool", "default/pool", "--dry-run", "--http", http];
  const child = commandIn(pod, [...PROGRAMS.source, ...args], {
    env: {
      KUBECONFIG: "",
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: "1",
      ...env,
    },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const log = new LineLog();
  log.follow(child.stdout);
  cleanUp.defer(async () => {
    child.kill("SIGTERM");
    await child.status;
    await log.ended();
  });
  const started = await waitUntil(() => log.entries("agent started")[0], {
    what: "the agent to start",
    explain: () => log.tail(),
  });
  return String(started["http"]);
}

/** Status of the answer to a request from there; 0 without a connection. */
async function statusFrom(place: NetworkPlace, url: string, seconds = 10): Promise<number> {
  const args = ["--silent", "--output", "/dev/null", "--write-out", "%{http_code}"];
  const { stdout } = await commandIn(place, ["curl", ...args, "--max-time", String(seconds), url], {
    stdout: "piped",
    stderr: "null",
  }).output();
  return Number(new TextDecoder().decode(stdout));
}

for (
  const { whose, http, env, label } of [
    { whose: "address the flag", http: `${POD_IP}:8080`, env: {} },
    { whose: "address POD_IP", http: ":8080", env: { POD_IP } },
    { whose: "labelled address the flag", http: `${POD_IP}:8080`, env: {}, label: "eth0:1" },
  ]
) {
  await integrationTest({
    name: `an agent whose ${whose} names is not reached over HTTP from the VM network`,
    needs: ["namespaces", "curl"],
    run: async () => {
      await using cleanUp = new AsyncDisposableStack();
      const { pod, node, vm } = await createPod(cleanUp, label);
      // The way from the VM network exists: what listens on all addresses is reached by it.
      const open = await startAgent(pod, { http: ":8081" }, cleanUp);
      assert.equal(await statusFrom(vm, `${open.replace("0.0.0.0", POD_IP)}/healthz`), 200);

      const url = await startAgent(pod, { http, env }, cleanUp);
      assert.equal(url, `http://${POD_IP}:8080`);
      assert.equal(await statusFrom(node, `${url}/healthz`), 200);
      assert.equal(await statusFrom(pod, "http://127.0.0.1:8080/healthz"), 200);
      for (const host of [POD_IP, VM_SIDE_IP]) {
        for (const path of ["/healthz", "/readyz", "/metrics", "/leases"]) {
          assert.equal(await statusFrom(vm, `http://${host}:8080${path}`), 0, `${host}${path}`);
        }
      }
      assert.equal(await statusFrom(node, `${url}/leases`), 403);
      assert.equal(await statusFrom(pod, "http://127.0.0.1:8080/leases"), 200);
    },
  });
}

await integrationTest({
  name:
    "an agent is reached over HTTP again after its interface was made anew, or another one got its address",
  needs: ["namespaces", "curl"],
  run: async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { pod, node, vm } = await createPod(cleanUp);
    const url = await startAgent(pod, { http: `${POD_IP}:8080` }, cleanUp);
    const reached = () =>
      waitUntil(async () => await statusFrom(node, `${url}/healthz`, 1) === 200 || undefined, {
        what: "an answer from the address of the pod",
      });
    await reached();

    await runIn(pod, "ip", "link", "delete", "eth0");
    await createVethPair({ place: pod, name: "eth0", peerPlace: node, peerName: "pod0" });
    await runIn(pod, "ip", "address", "add", `${POD_IP}/24`, "dev", "eth0");
    await runIn(node, "ip", "address", "add", "10.52.0.1/24", "dev", "pod0");
    await reached();

    await runIn(pod, "ip", "link", "add", "bridge0", "type", "bridge");
    await runIn(pod, "ip", "link", "set", "bridge0", "up");
    await runIn(pod, "ip", "address", "flush", "dev", "eth0");
    await runIn(pod, "ip", "link", "set", "eth0", "master", "bridge0");
    await runIn(pod, "ip", "address", "add", `${POD_IP}/24`, "dev", "bridge0");
    await reached();
    assert.equal(await statusFrom(vm, `http://${POD_IP}:8080/healthz`), 0);
    assert.equal(await statusFrom(pod, "http://127.0.0.1:8080/healthz"), 200);
  },
});
