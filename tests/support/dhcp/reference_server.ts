/**
 * Other DHCP servers on the test network, each in a namespace of its own: Kea and dnsmasq from
 * Debian, configured as authoritative and with the same bindings.
 */

import { edgesOf, parseCidr, subnetMaskOf } from "../../../lib/net/cidr.ts";
import { formatIpv4Address } from "../../../lib/net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../../../lib/net/mac_address.ts";
import { LineLog } from "../process/line_log.ts";
import { M1, M2, SERVER_IP, SERVER_MAC } from "./dhcp_packets.ts";
import {
  commandIn,
  createVethPair,
  HERE,
  NetworkNamespace,
  type NetworkPlace,
  runIn,
} from "../network/network_namespace.ts";
import { waitUntil } from "../harness/wait_until.ts";

const INTERFACE = "eth0";

/** The network that a server serves. */
export interface ReferenceSite {
  /** In CIDR notation. */
  readonly subnet: string;
  readonly serverIp: string;
  readonly bindings: readonly (readonly [mac: string, address: string])[];
  /** Threads of Kea; with one, replies come in the order of the requests. */
  readonly threads?: number;
  /** Words before the command. */
  readonly enter?: readonly string[];
}

/** The network of the tests. */
const TEST_SITE: ReferenceSite = {
  subnet: "192.0.2.0/24",
  serverIp: SERVER_IP,
  bindings: [[formatMacAddress(M1), "192.0.2.10"], [formatMacAddress(M2), "192.0.2.11"]],
};

function keaConfig({ subnet, bindings, threads = 1 }: ReferenceSite) {
  return {
    Dhcp4: {
      "interfaces-config": { interfaces: [INTERFACE], "dhcp-socket-type": "raw" },
      "lease-database": { type: "memfile", persist: false },
      "multi-threading": { "enable-multi-threading": threads > 1, "thread-pool-size": threads },
      authoritative: true,
      "valid-lifetime": 300,
      "calculate-tee-times": true,
      subnet4: [{
        id: 1,
        subnet,
        "option-data": [
          { name: "routers", data: "192.0.2.1" },
          { name: "domain-name-servers", data: "192.0.2.53, 192.0.2.54" },
          { name: "domain-name", data: "example.com" },
          { name: "domain-search", data: "lab.example.com" },
          { name: "ntp-servers", data: "192.0.2.123" },
          {
            name: "broadcast-address",
            data: formatIpv4Address(edgesOf(parseCidr(subnet)!)!.broadcast),
          },
        ],
        reservations: bindings.map(([mac, address]) => ({
          "hw-address": mac,
          "ip-address": address,
        })),
      }],
      loggers: [{ name: "kea-dhcp4", severity: "INFO", "output_options": [{ output: "stdout" }] }],
    },
  };
}

const DNSMASQ_OPTIONS = [
  "option:router,192.0.2.1",
  "option:dns-server,192.0.2.53,192.0.2.54",
  "option:domain-name,example.com",
  "option:domain-search,lab.example.com",
  "option:ntp-server,192.0.2.123",
];

function dnsmasqCommand(folder: string, { subnet, bindings }: ReferenceSite): readonly string[] {
  const [network] = subnet.split("/");
  return [
    ...["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--pid-file=", "--port=0"],
    ...["--leasefile-ro", `--dhcp-leasefile=${folder}/leases`, "--no-ping"],
    ...[`--interface=${INTERFACE}`, "--bind-interfaces", "--dhcp-authoritative"],
    `--dhcp-lease-max=${bindings.length + 1000}`,
    `--dhcp-range=${network},static,${formatIpv4Address(subnetMaskOf(parseCidr(subnet)!))},300`,
    `--dhcp-hostsfile=${folder}/hosts`,
    ...DNSMASQ_OPTIONS.map((option) => `--dhcp-option=${option}`),
  ];
}

/** The command of each server in the foreground, and the line that it logs when it serves. */
const SERVERS = {
  Kea: {
    command: (folder: string, _site: ReferenceSite) => ["kea-dhcp4", "-c", `${folder}/kea.json`],
    ready: "DHCP4_STARTED",
  },
  dnsmasq: { command: dnsmasqCommand, ready: "DHCP, static leases only" },
} as const;

/** A server to compare answers with. */
export type ReferenceName = keyof typeof SERVERS;

/** A running server; disposing ends it. */
export interface ReferenceServer extends AsyncDisposable {
  readonly pid: number;
  /** The other end of its cable. */
  readonly interfaceName: string;
}

/** How to start a server. */
export interface ReferenceOptions {
  readonly site?: ReferenceSite;
  /** MAC by address, so that it need not ask by ARP. */
  readonly neighbours?: Readonly<Record<string, MacAddress>>;
  /** Where the other end of its cable is. */
  readonly clientPlace?: NetworkPlace;
}

/** Starts a server and waits until it serves. */
export async function startReferenceServer(
  name: ReferenceName,
  { site = TEST_SITE, neighbours = {}, clientPlace = HERE }: ReferenceOptions,
): Promise<ReferenceServer> {
  await using cleanUp = new AsyncDisposableStack();
  const place = cleanUp.use(await NetworkNamespace.create());
  const pair = await createVethPair({
    place: clientPlace,
    peerPlace: place,
    peerName: INTERFACE,
  });
  await runIn(place, "ip", "link", "set", INTERFACE, "address", formatMacAddress(SERVER_MAC));
  await runIn(
    place,
    "ip",
    "address",
    "add",
    `${site.serverIp}/${site.subnet.split("/")[1]}`,
    "dev",
    INTERFACE,
  );
  for (const [address, mac] of Object.entries(neighbours)) {
    const neighbour = [address, "lladdr", formatMacAddress(mac), "dev", INTERFACE];
    await runIn(place, "ip", "neighbour", "replace", ...neighbour, "nud", "permanent");
  }
  const folder = await Deno.makeTempDir();
  cleanUp.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.writeTextFile(`${folder}/kea.json`, JSON.stringify(keaConfig(site)));
  const hosts = site.bindings.map(([mac, address]) => `${mac},${address}\n`).join("");
  await Deno.writeTextFile(`${folder}/hosts`, hosts);
  const pid = await run(SERVERS[name], { site, place, folder, cleanUp });
  const running = cleanUp.move();
  return {
    pid,
    interfaceName: pair.name,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function run(
  { command, ready }: typeof SERVERS[ReferenceName],
  { site, place, folder, cleanUp }: {
    readonly site: ReferenceSite;
    readonly place: NetworkNamespace;
    readonly folder: string;
    readonly cleanUp: AsyncDisposableStack;
  },
): Promise<number> {
  const child = commandIn(place, [...site.enter ?? [], ...command(folder, site)], {
    // Otherwise, Kea's files are below /run.
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
    if (ended) throw new Error(`the server has ended\n${log.tail()}`);
    return log.lines.some((line) => line.includes(ready)) || undefined;
  }, { what: `"${ready}"`, explain: () => log.tail() });
  return child.pid;
}
