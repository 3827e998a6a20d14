/** The command of each real client, without its own scripts and without files of the host. */

import type { Need } from "../harness/integration_test.ts";

/** Where a client's files are, and what it remembers. */
export interface Circumstances {
  readonly interfaceName: string;
  readonly folder: string;
  /** Script that sets and removes addresses. */
  readonly hook: string;
  /** The address before the reboot; `undefined` at the first boot. */
  readonly lastAddress: string | undefined;
}

/** A client, and its own way to do what all of them can do. */
export interface ClientProgram {
  /** Contents of `FOLDER/config`. */
  readonly config: string;
  /** In the foreground. */
  readonly command: (circumstances: Circumstances) => readonly string[];
  /** Name of the file of its leases, if it writes that only after its hook has run. */
  readonly leaseFile?: string;
  /** Makes it renew at once; clients without it renew soon with a short lease. */
  readonly renew?: Deno.Signal;
  /** Ends it without a RELEASE. */
  readonly kill: Deno.Signal;
  /** Makes it send a RELEASE: a signal, or another command. */
  readonly release: Deno.Signal | ((circumstances: Circumstances) => readonly string[]);
  /** Runs on when a signal has made it release. */
  readonly staysAfterRelease?: true;
}

function dhclient(
  { folder, hook, interfaceName }: Circumstances,
  ...mode: string[]
): readonly string[] {
  return [
    ...["dhclient", "-4", ...mode, "-cf", `${folder}/config`, "-lf", `${folder}/leases`],
    ...["-pf", `${folder}/pid`, "-sf", hook, "-e", `DHCP_EVENTS=${folder}/events`, interfaceName],
  ];
}

/** By the name of the program. */
export const WIRE_CLIENTS = {
  udhcpc: {
    config: "",
    command: ({ folder, hook, interfaceName, lastAddress }) => [
      ...["udhcpc", "-f", "-i", interfaceName, "-s", hook, "-p", `${folder}/pid`],
      ...["-t", "20", "-T", "1", "-A", "1"],
      // It keeps no file: its caller has to remember the address.
      ...(lastAddress === undefined ? [] : ["-r", lastAddress]),
    ],
    renew: "SIGUSR1",
    kill: "SIGTERM",
    release: "SIGUSR2",
    staysAfterRelease: true,
  },
  dhclient: {
    config: "timeout 10;\nretry 1;\nreboot 2;\nbackoff-cutoff 1;\ninitial-interval 1;\n" +
      "request subnet-mask, routers, domain-name-servers, domain-name;\n",
    command: (circumstances) => dhclient(circumstances, "-d"),
    leaseFile: "leases",
    kill: "SIGTERM",
    release: (circumstances) => dhclient(circumstances, "-r"),
  },
  dhcpcd: {
    config:
      "option domain_name_servers, routers, subnet_mask\nnoipv4ll\nnoarp\nnodelay\ntimeout 0\n",
    command: ({ folder, hook, interfaceName }) => [
      ...["dhcpcd", "-4", "-B", "-d", "-f", `${folder}/config`, "-c", hook],
      ...["-e", `DHCP_EVENTS=${folder}/events`, interfaceName],
    ],
    kill: "SIGTERM",
    release: "SIGALRM",
  },
  "systemd-networkd": {
    // Its default comes from the machine's id, which a container may lack.
    config: "[Match]\nName=eth0\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n" +
      "[DHCPv4]\nDUIDType=vendor\nDUIDRawData=00:00:ab:11:f9:2a:c2:77:29:f9:5c:00\n",
    command: () => ["/lib/systemd/systemd-networkd"],
    kill: "SIGKILL",
    release: "SIGTERM",
  },
} as const satisfies Record<string, ClientProgram>;

/** A client that the tests can run. */
export type WireClientName = keyof typeof WIRE_CLIENTS;

/** Clients that are tested together. networkd becomes another user, even as root. */
export const WIRE_CLIENT_GROUPS = [
  { names: ["udhcpc", "dhclient", "dhcpcd"], needs: [] },
  { names: ["systemd-networkd"], needs: ["real root"] },
] as const satisfies readonly {
  readonly names: readonly WireClientName[];
  readonly needs: readonly Need[];
}[];
