/** Pools that answer as little and as much as a pool can. */

import type { LeaseTable } from "../../lib/dhcpv4/lease.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import { ip, leaseTable, M1, poolParameters } from "../support/dhcp/dhcp_packets.ts";

/** Nothing configured that is not in the base. */
export const PLAIN_POOL: LeaseTable = leaseTable();

/** Everything configured, and more than fits. */
export const FULL_POOL: LeaseTable = leaseTable(poolParameters({
  mtu: 1450,
  routes: Array.from({ length: 30 }, (_, i) => ({
    destination: parseCidr(`10.${i}.0.0/16`)!,
    gateway: ip("192.0.2.9"),
  })),
  boot: {
    nextServer: ip("192.0.2.80"),
    files: [{ architectures: [16], file: "http://192.0.2.80/a.efi" }, { file: "a.efi" }],
  },
  captivePortal: "https://portal.example.com/api",
  ipv6OnlyWait: 1800,
  options: [{ code: 252, value: new Uint8Array(300).fill(104) }],
  hostNames: new Map([[M1, "vm-1"]]),
  relays: [ip("192.0.2.7")],
  authoritative: true,
  rapidCommit: true,
}));
