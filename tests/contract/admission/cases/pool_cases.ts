/** IPPools by themselves. */

import { type AdmissionCase, CONFIG, creation, update } from "./admission_case.ts";

export const POOL_CASES: readonly AdmissionCase[] = [
  {
    check: "ippool-immutable",
    name: "another subnet",
    request: update({}, { ipv4Config: { cidr: "192.168.0.0/16" } }),
    says: [
      `${CONFIG}.cidr: CIDR is immutable; to move to another subnet, delete the pool when no VM uses it, and create it anew`,
    ],
  },
  {
    check: "ippool-immutable",
    name: "another lease",
    request: update({}, { ipv4Config: { leaseTime: 60 } }),
    says: [],
  },
  {
    check: "ippool-fields",
    name: "two texts that are none",
    request: creation({ ipv4Config: { cidr: "fd00::/64", dns: ["x"] } }),
    says: [
      `${CONFIG}.cidr: must be an IPv4 subnet such as 192.168.48.0/24 (IPv6 is not supported), ` +
      'not "fd00::/64"',
      `${CONFIG}.dns[0]: must be an IPv4 address such as 192.168.48.77, not "x"`,
    ],
  },
  { check: "ippool-fields", name: "the example", request: creation(), says: [] },
  {
    check: "ippool-range",
    name: "a range that ends before it starts",
    request: creation({ pool: { start: "192.168.48.91" } }),
    says: [`${CONFIG}.pool.start: start ip 192.168.48.91 is after end ip 192.168.48.90`],
  },
  {
    check: "ippool-range",
    name: "a range of one",
    request: creation({ pool: { start: "192.168.48.90" } }),
    says: [],
  },
  {
    check: "ippool-addresses",
    name: "server and router in one place, and an exclusion elsewhere",
    request: creation({
      ipv4Config: { serverIP: "192.168.48.1" },
      pool: { exclude: ["10.0.0.1"] },
    }),
    says: [
      `${CONFIG}.serverIP: server ip 192.168.48.1 is the same as router ip`,
      `${CONFIG}.pool.exclude[0]: exclude ip 10.0.0.1 is not within subnet`,
    ],
  },
  {
    check: "ippool-addresses",
    name: "a server in the range",
    request: creation({ ipv4Config: { serverIP: "192.168.48.85" } }),
    says: [],
  },
  {
    check: "ippool-possible-values",
    name: "a DNS server on a multicast address",
    request: creation({ ipv4Config: { dns: ["224.0.0.251"] } }),
    says: [`${CONFIG}.dns[0]: dns ip 224.0.0.251 is of 224.0.0.0/4, which is for multicast`],
  },
  {
    check: "ippool-possible-values",
    name: "a DNS server on the client",
    request: creation({ ipv4Config: { dns: ["127.0.0.53"] } }),
    says: [],
  },
  {
    check: "ippool-client-options",
    name: "an option that is there twice",
    request: creation({
      ipv4Config: { options: [{ code: 224, uint8: 1 }, { code: 224, uint8: 2 }] },
    }),
    says: [`${CONFIG}.options[1].code: option 224 is listed twice`],
  },
  {
    check: "ippool-client-options",
    name: "two options",
    request: creation({
      ipv4Config: { options: [{ code: 224, uint8: 1 }, { code: 225, uint8: 2 }] },
    }),
    says: [],
  },
  {
    check: "ippool-free-addresses",
    name: "a range of the server and exclusions",
    request: creation({
      ipv4Config: { serverIP: "192.168.48.82" },
      pool: { end: "192.168.48.83", exclude: ["192.168.48.81", "192.168.48.83"] },
    }),
    says: [
      `${CONFIG}.pool: each address from 192.168.48.81 to 192.168.48.83 is excluded, or that of ` +
      "server or router: only a NIC that asks for an address beside them (ipAddress) gets one",
    ],
  },
  {
    check: "ippool-free-addresses",
    name: "a range with one address left",
    request: creation({ pool: { end: "192.168.48.82", exclude: ["192.168.48.81"] } }),
    says: [],
  },
  {
    check: "ippool-reply-room",
    name: "options that are longer than a reply",
    request: creation({
      ipv4Config: {
        options: [{ code: 224, hex: "00".repeat(200) }, { code: 225, hex: "00".repeat(120) }],
      },
    }),
    says: [
      `${CONFIG}: a client that does not accept more than 576 octets (option 57) and asks for ` +
      "nothing in particular (option 55) is not told option 225 (120 octets): its replies have " +
      "room for 307 octets of options",
    ],
  },
  {
    check: "ippool-reply-room",
    name: "an ordinary MTU",
    request: creation({ ipv4Config: { mtu: 1450 } }),
    says: [],
  },
  {
    check: "ippool-boot-files",
    name: "a file that goes to nobody",
    request: creation({
      ipv4Config: {
        boot: { files: [{ file: "a" }, { file: "b", architectures: ["uefi-arm64"] }] },
      },
    }),
    says: [
      `${CONFIG}.boot.files[1]: b goes to nobody: files[0] is for all of its clients, and the ` +
      "first one counts",
    ],
  },
  {
    check: "ippool-boot-files",
    name: "one file for all",
    request: creation({ ipv4Config: { boot: { files: [{ file: "a" }] } } }),
    says: [],
  },
];
