/** What the demo shows, scene by scene. */

import { resolve } from "node:path";
import { type Bridge, createBridge, HERE, runIn } from "../support/network/network_namespace.ts";
import { type ClientName, DhcpClient, VirtualNic } from "../support/dhcp/dhcp_client.ts";
import { findKubectl } from "../../tools/kubernetes/programs.ts";
import { StandaloneProcess } from "../support/process/standalone_process.ts";

const EXAMPLES = resolve(import.meta.dirname ?? ".", "../../examples");
const MANIFESTS = ["ippool.yaml", "virtualmachinenetworkconfig.yaml"];

/** The MAC address of the NIC in the example manifest. */
const MAC = "fa:cf:8e:50:82:fc";

/** The addresses of the example's pool, without its exclusions. */
const WANTED = /^192\.168\.48\.8[2-9]$/;

const TOPOLOGY = `
   test-vm (network namespace)         this side
  +-------------------------+        +-------------------------------------+
  | eth0  ${MAC} |--------| br48   vm-dhcp standalone           |
  | a real DHCP client      |        |        Kubernetes API on 127.0.0.1  |
  +-------------------------+        +-------------------------------------+
`;

/**
 * Plays the demo.
 *
 * @param client The DHCP client to use.
 * @param signal Ends it early, with a clean-up.
 * @throws {Error} when the client does not get its address.
 */
export async function runDemo(client: ClientName, signal: AbortSignal): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "vm-dhcp-demo-" });
  cleanUp.defer(() => Deno.remove(folder, { recursive: true }));
  await Promise.race([play(client, folder, cleanUp), rejectAt(signal)]);
}

async function play(
  clientName: ClientName,
  folder: string,
  cleanUp: AsyncDisposableStack,
): Promise<void> {
  scene("A VM network: bridge br48, and test-vm with one NIC on it");
  console.log(TOPOLOGY);
  await runIn(HERE, "ip", "link", "set", "lo", "up");
  const bridge: Bridge = await createBridge(HERE, "br48");
  const nic = cleanUp.use(await VirtualNic.create(bridge, MAC));

  const kubectl = await findKubectl();
  scene("vm-dhcp serves that network, under the name default/net-48");
  const manifests = MANIFESTS.map((file) => `${EXAMPLES}/${file}`);
  const args = kubectl === undefined ? manifests.flatMap((file) => ["--manifests", file]) : [];
  showCommand("vm-dhcp standalone --nic default/net-48=br48 --data-dir DIR", ...args);
  const standalone = cleanUp.use(
    await StandaloneProcess.start({
      dataDir: `${folder}/data`,
      nics: ["default/net-48=br48"],
      args,
    }),
  );

  if (kubectl !== undefined) await applyWithKubectl(kubectl, manifests, standalone);
  else console.log("  (no kubectl here, so vm-dhcp applied examples/*.yaml itself)");

  scene(`test-vm boots and asks for an address with ${clientName}`);
  const client = cleanUp.use(await DhcpClient.start(clientName, nic, folder));
  const address = await client.bound();
  showCommand("ip -brief address show eth0");
  await show(runIn(nic.place, "ip", "-brief", "address", "show", "eth0"));

  scene("What vm-dhcp knows now");
  if (kubectl !== undefined) await showPools(kubectl, standalone);
  showCommand("curl localhost:8080/caches/default/net-48");
  await show(standalone.get("/caches/default/net-48"));
  showCommand("curl localhost:8080/leases");
  await show(standalone.get("/leases"));

  if (!WANTED.test(address)) throw new Error(`${address} is none of 192.168.48.82-89`);
  scene(`test-vm has ${address}. It keeps it until its VirtualMachineNetworkConfig is deleted.`);
}

async function applyWithKubectl(
  kubectl: string,
  manifests: readonly string[],
  { kubeconfigPath }: StandaloneProcess,
): Promise<void> {
  scene("You declare the pool and the VM's NIC");
  console.log("  $ export KUBECONFIG=DIR/kubeconfig");
  for (const file of manifests) {
    showCommand(`kubectl apply -f examples/${file.slice(EXAMPLES.length + 1)}`);
    await show(runIn(HERE, kubectl, `--kubeconfig=${kubeconfigPath}`, "apply", "-f", file));
  }
}

async function showPools(kubectl: string, { kubeconfigPath }: StandaloneProcess): Promise<void> {
  for (const kinds of ["ippools", "virtualmachinenetworkconfigs"]) {
    showCommand(`kubectl get ${kinds}`);
    await show(runIn(HERE, kubectl, `--kubeconfig=${kubeconfigPath}`, "get", kinds));
  }
}

let scenes = 0;

function scene(text: string): void {
  console.log(`\n${++scenes}. ${text}`);
}

function showCommand(...words: readonly string[]): void {
  console.log(`  $ ${words.join(" ")}`);
}

async function show(output: Promise<string>): Promise<void> {
  console.log((await output).trimEnd().replace(/^/gm, "    "));
}

function rejectAt(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
