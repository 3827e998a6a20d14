/**
 * Other DHCP servers on the test network, each in a namespace of its own: Kea and dnsmasq as Debian
 * has them, told that they alone serve the network and which address is whose.
 */

import { formatMacAddress, type MacAddress } from "../../lib/net/mac_address.ts";
import { LineLog } from "./line_log.ts";
import { M1, M2, SERVER_IP, SERVER_MAC } from "./dhcp_packets.ts";
import { commandIn, createVethPair, NetworkNamespace, runIn } from "./network_namespace.ts";
import { waitUntil } from "./wait_until.ts";

const INTERFACE = "eth0";

const BINDINGS = [[M1, "192.0.2.10"], [M2, "192.0.2.11"]] as const;

const KEA_CONFIG = {
  Dhcp4: {
    "interfaces-config": { interfaces: [INTERFACE], "dhcp-socket-type": "raw" },
    "lease-database": { type: "memfile", persist: false },
    // Replies then come in the order of the requests.
    "multi-threading": { "enable-multi-threading": false },
    authoritative: true,
    "valid-lifetime": 300,
    "calculate-tee-times": true,
    subnet4: [{
      id: 1,
      subnet: "192.0.2.0/24",
      "option-data": [
        { name: "routers", data: "192.0.2.1" },
        { name: "domain-name-servers", data: "192.0.2.53, 192.0.2.54" },
        { name: "domain-name", data: "example.com" },
        { name: "domain-search", data: "lab.example.com" },
        { name: "ntp-servers", data: "192.0.2.123" },
        { name: "broadcast-address", data: "192.0.2.255" },
      ],
      reservations: BINDINGS.map(([mac, address]) => ({
        "hw-address": formatMacAddress(mac),
        "ip-address": address,
      })),
    }],
    loggers: [{ name: "kea-dhcp4", severity: "INFO", "output_options": [{ output: "stdout" }] }],
  },
};

const DNSMASQ_OPTIONS = [
  "option:router,192.0.2.1",
  "option:dns-server,192.0.2.53,192.0.2.54",
  "option:domain-name,example.com",
  "option:domain-search,lab.example.com",
  "option:ntp-server,192.0.2.123",
];

/** How each server is started in the foreground, and what it says when it serves. */
const SERVERS = {
  Kea: {
    command: (folder: string) => ["kea-dhcp4", "-c", `${folder}/kea.json`],
    ready: "DHCP4_STARTED",
  },
  dnsmasq: {
    command: (folder: string) => [
      ...["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--pid-file=", "--port=0"],
      ...["--leasefile-ro", `--dhcp-leasefile=${folder}/leases`, "--no-ping"],
      ...[`--interface=${INTERFACE}`, "--bind-interfaces", "--dhcp-authoritative"],
      "--dhcp-range=192.0.2.0,static,255.255.255.0,300",
      ...BINDINGS.map(([mac, address]) => `--dhcp-host=${formatMacAddress(mac)},${address}`),
      ...DNSMASQ_OPTIONS.map((option) => `--dhcp-option=${option}`),
    ],
    ready: "DHCP, static leases only",
  },
} as const;

/** A server that answers are compared with. */
export type ReferenceName = keyof typeof SERVERS;

/** A running server; disposing ends it. */
export interface ReferenceServer extends AsyncDisposable {
  /** The other end of its cable, in this namespace. */
  readonly interfaceName: string;
}

/**
 * Starts a server and waits until it serves.
 *
 * @param neighbours MAC by address, so that nobody has to answer its ARP.
 */
export async function startReferenceServer(
  name: ReferenceName,
  neighbours: Readonly<Record<string, MacAddress>>,
): Promise<ReferenceServer> {
  await using cleanUp = new AsyncDisposableStack();
  const place = cleanUp.use(await NetworkNamespace.create());
  const pair = await createVethPair({ peerPlace: place, peerName: INTERFACE });
  await runIn(place, "ip", "link", "set", INTERFACE, "address", formatMacAddress(SERVER_MAC));
  await runIn(place, "ip", "address", "add", `${SERVER_IP}/24`, "dev", INTERFACE);
  for (const [address, mac] of Object.entries(neighbours)) {
    const neighbour = [address, "lladdr", formatMacAddress(mac), "dev", INTERFACE];
    await runIn(place, "ip", "neighbour", "replace", ...neighbour, "nud", "permanent");
  }
  const folder = await Deno.makeTempDir();
  cleanUp.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.writeTextFile(`${folder}/kea.json`, JSON.stringify(KEA_CONFIG));
  await run(SERVERS[name], { place, folder, cleanUp });
  const running = cleanUp.move();
  return {
    interfaceName: pair.name,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function run(
  { command, ready }: typeof SERVERS[ReferenceName],
  { place, folder, cleanUp }: {
    readonly place: NetworkNamespace;
    readonly folder: string;
    readonly cleanUp: AsyncDisposableStack;
  },
): Promise<void> {
  const child = commandIn(place, command(folder), {
    // Kea's files would be below /run.
    env: { KEA_PIDFILE_DIR: folder, KEA_LOCKFILE_DIR: "none" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const log = new LineLog();
  log.follow(child.stdout);
  log.follow(child.stderr);
  let ended = false;
  const end = child.status.then(() => ended = true);
  cleanUp.defer(async () => {
    if (!ended) child.kill("SIGTERM");
    await end;
    await log.ended();
  });
  await waitUntil(() => {
    if (ended) throw new Error(`The server has ended\n${log.tail()}`);
    return log.lines.some((line) => line.includes(ready)) || undefined;
  }, { what: `"${ready}"`, explain: () => log.tail() });
}
