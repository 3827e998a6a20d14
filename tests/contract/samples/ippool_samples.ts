/** IPPools, good and bad. */

import type { JsonObject } from "../../../lib/base/json.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { ipv4Sample as ipv4, type Sample } from "./crd_sample.ts";

function pool(name: string, pool: JsonObject, ...bad: string[]): Sample {
  return { name, object: ippoolSample({ pool }), bad: bad.map((f) => `spec.ipv4Config.pool.${f}`) };
}

/** A pool whose addresses are all of one /24, given by its first three octets. */
function subnet(name: string, net: string): Sample {
  return ipv4(name, {
    cidr: `${net}.0/24`,
    serverIP: `${net}.2`,
    router: undefined,
    pool: { start: `${net}.10`, end: `${net}.20` },
  });
}

const LABEL_64 = "a".repeat(64);
const ABSENT = undefined;

/** Samples of the fields that every pool has. */
export const IPPOOL_SAMPLES: readonly Sample[] = [
  { name: "the example", object: ippoolSample(), bad: [] },
  ipv4("no optional field", {
    router: ABSENT,
    dns: ABSENT,
    domainName: ABSENT,
    domainSearch: ABSENT,
    ntp: ABSENT,
    leaseTime: ABSENT,
  }),
  ipv4("a prefix with host bits", { cidr: "192.168.48.7/24" }),
  ipv4("a /0", { cidr: "0.0.0.0/0" }),
  // What follows has the right form: parsers leave it out, and new objects are refused for it.
  subnet("a subnet of this network", "0.1.0"),
  subnet("a loopback subnet", "127.0.0"),
  subnet("a multicast subnet", "224.1.2"),
  subnet("a reserved subnet", "240.0.0"),
  subnet("the subnet of the limited broadcast", "255.255.255"),
  ipv4("a multicast router", { router: "239.0.0.1" }),
  ipv4("DNS servers without an address", { dns: ["1.1.1.1", "0.0.0.0", "255.255.255.255"] }),
  ipv4("a DNS server of the client's own", { dns: ["127.0.0.1"] }),
  ipv4("a multicast NTP server and a mistyped one", { ntp: ["224.0.1.1", "10.0.0.300"] }),
  ipv4("an NTP server whose name begins like a group", { ntp: ["224.example"] }),
  ipv4("an address for a search domain", { domainSearch: ["10.0.0.1"] }),
  ipv4("two names for a domain name", { domainName: "lab.example.com example.com" }),
  ipv4("a domain name with an empty label", { domainName: "lab..example" }),
  ipv4("a number for a domain name", { domainName: "10.1" }),
  ipv4("a multicast boot server", { boot: { nextServer: "224.0.0.1", files: [{ file: "a" }] } }),
  ipv4("relays without an address", { relays: ["0.0.0.0", "10.0.0.1", "224.0.0.1"] }),
  ipv4("a loopback relay", { relays: ["10.0.0.1", "127.0.0.1"] }),
  ipv4("MACs of relays that no interface has", {
    relayMacs: ["00:00:00:00:00:00", "FF-FF-FF-FF-FF-FF", "01:00:5e:00:00:01"],
  }),
  ipv4("a prefix of 33 bits", { cidr: "192.168.48.0/33" }, "cidr"),
  ipv4("an address for a prefix", { cidr: "192.168.48.0" }, "cidr"),
  ipv4("an IPv6 prefix", { cidr: "fd00::/64" }, "cidr"),
  ipv4("no prefix", { cidr: ABSENT }, "cidr"),
  ipv4("a number for a prefix", { cidr: 24 }, "cidr"),
  ipv4("a server address with a leading zero", { serverIP: "192.168.048.77" }, "serverIP"),
  ipv4("an IPv6 server address", { serverIP: "::ffff:1.2.3.4" }, "serverIP"),
  ipv4("an empty router", { router: "" }, "router"),
  ipv4("a null router", { router: null }, "router"),
  ipv4("a host name for a DNS server", { dns: ["1.1.1.1", "dns.google"] }, "dns[1]"),
  ipv4("a number for a DNS server", { dns: [1] }, "dns[0]"),
  ipv4("four DNS servers", { dns: ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"] }, "dns"),
  ipv4("a text for the DNS servers", { dns: "1.1.1.1" }, "dns"),
  ipv4("an empty domain name", { domainName: "" }),
  ipv4("a domain name of 254 characters", { domainName: "a".repeat(254) }, "domainName"),
  ipv4("a search list with a final dot", { domainSearch: ["lab.example."] }),
  ipv4("a search list with an empty label", { domainSearch: ["a..b"] }, "domainSearch[0]"),
  ipv4("a search list with a long label", { domainSearch: [LABEL_64] }, "domainSearch[0]"),
  ipv4("a search list of 33 domains", { domainSearch: Array(33).fill("a") }, "domainSearch"),
  ipv4("addresses and names of NTP servers", { ntp: ["10.0.0.1", "ntp_1.lab"] }),
  ipv4("an empty NTP server", { ntp: [""] }, "ntp[0]"),
  ipv4("five NTP servers", { ntp: ["a", "b", "c", "d", "e"] }, "ntp"),
  ipv4("a lease of 0", { leaseTime: 0 }),
  ipv4("the longest lease", { leaseTime: 4294967294 }),
  ipv4("a lease of half a second", { leaseTime: 0.5 }, "leaseTime"),
  ipv4("a lease as text", { leaseTime: "300" }, "leaseTime"),
  {
    ...ipv4("an endless lease", { leaseTime: 4294967295 }),
    differs: "objects of the Go version had no bound; their pools must go on",
  },
  {
    ...ipv4("a negative lease", { leaseTime: -1 }),
    differs: "objects of the Go version had no bound; their pools must go on",
  },
  pool("no range exclusions", { exclude: ABSENT }),
  pool("no range start", { start: ABSENT }, "start"),
  pool("an incomplete range end", { end: "192.168.48" }, "end"),
  pool("a bad exclusion", { exclude: ["192.168.48.81", "192.168.48.900"] }, "exclude[1]"),
  pool("4097 exclusions", { exclude: Array(4097).fill("192.168.48.81") }, "exclude"),
  ipv4("no range", { pool: ABSENT }, "pool"),
  { name: "a paused pool", object: ippoolSample({ spec: { paused: true } }), bad: [] },
  {
    name: "a text for paused",
    object: ippoolSample({ spec: { paused: "yes" } }),
    bad: ["spec.paused"],
  },
  {
    name: "limits of namespaces",
    object: ippoolSample({
      spec: { allowedNamespaces: ["default", "team-a"], maxAddressesPerNamespace: 20 },
    }),
    bad: [],
  },
  {
    name: "a list of no namespaces",
    object: ippoolSample({ spec: { allowedNamespaces: [] } }),
    bad: ["spec.allowedNamespaces"],
  },
  {
    name: "a pattern for a namespace",
    object: ippoolSample({ spec: { allowedNamespaces: ["default", "team-*"] } }),
    bad: ["spec.allowedNamespaces[1]"],
  },
  {
    name: "a limit of no address",
    object: ippoolSample({ spec: { maxAddressesPerNamespace: 0 } }),
    bad: ["spec.maxAddressesPerNamespace"],
  },
  {
    name: "a limit as text",
    object: ippoolSample({ spec: { maxAddressesPerNamespace: "20" } }),
    bad: ["spec.maxAddressesPerNamespace"],
  },
  {
    name: "counts of namespaces",
    object: ippoolSample({
      status: { ipv4: { usedByNamespace: { default: 1 }, used: 1, available: 7 } },
    }),
    bad: [],
  },
  { name: "a bare network", object: ippoolSample({ spec: { networkName: "net-48" } }), bad: [] },
  {
    name: "a network with two slashes",
    object: ippoolSample({ spec: { networkName: "a/b/c" } }),
    bad: ["spec.networkName"],
  },
  {
    name: "a network of 65 characters",
    object: ippoolSample({ spec: { networkName: `a${LABEL_64}` } }),
    bad: ["spec.networkName"],
  },
  {
    name: "no network",
    object: ippoolSample({ spec: { networkName: undefined } }),
    bad: ["spec.networkName"],
  },
  {
    name: "no ipv4Config",
    object: ippoolSample({ spec: { ipv4Config: undefined } }),
    bad: ["spec.ipv4Config"],
    differs: "the definition never asked for it; the pool has nothing to hand out",
  },
  { name: "no spec", object: { ...ippoolSample(), spec: undefined }, bad: ["spec"] },
  {
    name: "a record with an entry that is not a binding",
    object: ippoolSample({ status: { ipv4: { allocated: { x: "y" }, used: 1, available: 7 } } }),
    bad: [],
  },
  {
    name: "a record with a number",
    object: ippoolSample({ status: { ipv4: { allocated: { x: 1 }, used: 1, available: 7 } } }),
    bad: ['status.ipv4.allocated["x"]'],
  },
  {
    name: "host names of any kind",
    object: ippoolSample({
      status: { ipv4: { hostnames: { "192.168.48.82": "vm-1", x: "" }, used: 1, available: 7 } },
    }),
    bad: [],
  },
  {
    name: "a number for a host name of the record",
    object: ippoolSample({ status: { ipv4: { hostnames: { x: 1 }, used: 1, available: 7 } } }),
    bad: ['status.ipv4.hostnames["x"]'],
  },
  {
    name: "counts of a range, and the generation that they speak of",
    object: ippoolSample({
      status: {
        observedGeneration: 7,
        ipv4: {
          ...{ used: 2, available: 0, total: 2 ** 32 - 1 },
          ...{ excluded: 1, reserved: 2 ** 32 - 6, outOfRange: 2 },
        },
        conditions: [{ type: "Ready", status: "True", observedGeneration: 7 }],
      },
    }),
    bad: [],
  },
  {
    name: "3001 exclusions",
    object: ippoolSample({ pool: { exclude: Array(3001).fill("192.168.48.81") } }),
    bad: [],
    differs: "older definitions allowed 4096, and such a pool is to be served on",
  },
  {
    name: "a record without counts",
    object: ippoolSample({ status: { ipv4: { allocated: {} } } }),
    bad: [],
    differs: "the counts follow from the record; only a writer has to give them",
  },
  {
    name: "a condition without a type",
    object: ippoolSample({ status: { conditions: [{ status: "True" }] } }),
    bad: ["status.conditions[0].type"],
  },
];
