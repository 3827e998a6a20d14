import assert from "node:assert/strict";
import {
  madePool,
  planOf,
  ROUTE,
  type Situation,
} from "../../../tests/support/controller/auto_ippool_situation.ts";

const AUTO = { ...ROUTE, mode: "auto" };

const STEPS: readonly (Situation & { what: string; step: string; note?: RegExp })[] = [
  { what: "a network that asks for nothing", asked: "", step: "nothing" },
  {
    what: "a network that wants no pool",
    asked: "false",
    step: "nothing",
    policy: "manual-routes",
  },
  { what: "a manual route under the flag", asked: "", policy: "manual-routes", step: "create" },
  {
    what: "a route that Harvester found",
    asked: "",
    route: AUTO,
    policy: "manual-routes",
    step: "nothing",
  },
  {
    what: "no route under the flag",
    asked: "",
    route: "",
    policy: "manual-routes",
    step: "nothing",
  },
  {
    what: "a bad route under the flag",
    asked: "",
    route: "{",
    policy: "manual-routes",
    step: "nothing",
  },
  { what: "a route that Harvester found, where a pool is asked for", route: AUTO, step: "create" },
  {
    what: "a network with another DHCP server",
    route: { ...AUTO, serverIPAddr: "192.168.48.99" },
    step: "nothing",
    note: /another DHCP server, "192.168.48.99", answers on this network/,
  },
  {
    what: "a network whose DHCP server is the pool's",
    route: { ...AUTO, serverIPAddr: "192.168.48.2" },
    pool: madePool(),
    step: "nothing",
  },
  {
    what: "a misspelt wish",
    asked: "yes",
    step: "nothing",
    note: /must be true or false, not "yes"/,
  },
  { what: "no route", route: "", step: "nothing", note: /annotation .*\/route is missing/ },
  {
    what: "a broken route",
    route: `{"cidr"`,
    step: "nothing",
    note: /must be JSON, not "{\\"cidr\\""/,
  },
  { what: "a route that is a list", route: "[]", step: "nothing", note: /route must be an object/ },
  {
    what: "a route without cidr",
    route: { cidr: "" },
    step: "nothing",
    note: /route.cidr is required/,
  },
  {
    what: "a bad cidr",
    route: { ...ROUTE, cidr: "192.168.48.0" },
    step: "nothing",
    note: /route.cidr must be an IPv4 subnet such as .*, not "192.168.48.0"/,
  },
  {
    what: "a bad gateway",
    route: { ...ROUTE, gateway: "x" },
    step: "nothing",
    note: /route.gateway must be an IPv4 address such as .*, not "x"/,
  },
  {
    what: "a gateway elsewhere",
    route: { ...ROUTE, gateway: "192.168.49.1" },
    step: "nothing",
    note: /router ip 192.168.49.1 is not within subnet/,
  },
  {
    what: "a gateway that no host can be",
    route: { ...ROUTE, gateway: "192.168.48.255" },
    step: "nothing",
    note: /router ip 192.168.48.255 is the same as broadcast ip/,
  },
  {
    what: "a subnet of groups",
    route: { cidr: "224.1.0.0/24" },
    step: "nothing",
    note: /224.0.0.0\/4, which is for multicast/,
  },
  {
    what: "a subnet of two hosts",
    route: { cidr: "10.0.0.0/30", gateway: "10.0.0.1" },
    step: "nothing",
    note: /cidr 10.0.0.0\/30 has no address left for a VM/,
  },
  { what: "a storage network", name: "storagenetwork-x", step: "nothing", note: /storage network/ },
  {
    what: "a shared storage network",
    name: "rwx-network-x",
    step: "nothing",
    note: /storage network/,
  },
  {
    what: "an overlay network",
    type: "OverlayNetwork",
    step: "nothing",
    note: /an overlay network/,
  },
  {
    what: "a trunk network",
    type: "L2VlanTrunkNetwork",
    step: "nothing",
    note: /a trunk of several/,
  },
  { what: "a VLAN network", type: "L2VlanNetwork", step: "create" },
  { what: "a strange type", type: "constructor", step: "create" },
  {
    what: "an overlay network under the flag",
    asked: "",
    type: "OverlayNetwork",
    policy: "manual-routes",
    step: "nothing",
  },
];

for (const { what, step, note, ...situation } of STEPS) {
  Deno.test(`planAutoIPPool() of ${what}: ${step}`, () => {
    const found = planOf(situation);
    assert.equal(found.step.do, step, found.note?.note);
    if (note === undefined) assert.equal(found.note, undefined);
    else assert.match(found.note?.note ?? "", note);
  });
}
