import type { JsonObject } from "../base/json.ts";
import assert from "node:assert/strict";
import { ippoolSample } from "../../tests/support/apiserver/samples.ts";
import type { KubeObject } from "../api/meta.ts";
import { IPPOOLS } from "../api/resources.ts";
import { judgeAlone } from "../../tests/support/apiserver/object_rules.ts";
import type { Finding } from "./contract.ts";

function checkIPPool(object: KubeObject): readonly Finding[] {
  return judgeAlone({ type: IPPOOLS, operation: "CREATE", object }).errors;
}

const CONFIG = "spec.ipv4Config";

const CASES: readonly { name: string; ipv4Config: JsonObject; errors: readonly string[] }[] = [
  {
    name: "routes by a gateway of the subnet and on the link",
    ipv4Config: {
      routes: [
        { destination: "10.0.0.0/8", gateway: "192.168.48.254" },
        { destination: "192.168.49.0/24", gateway: "0.0.0.0" },
      ],
    },
    errors: [],
  },
  {
    name: "a gateway that no client can reach",
    ipv4Config: { routes: [{ destination: "10.0.0.0/8", gateway: "192.168.49.1" }] },
    errors: [
      `${CONFIG}.routes[0].gateway: gateway ip 192.168.49.1 is not within subnet 192.168.48.0/24; ` +
      "0.0.0.0 stands for a destination on the link",
    ],
  },
  {
    name: "the DHCP server for a gateway",
    ipv4Config: { routes: [{ destination: "10.0.0.0/8", gateway: "192.168.48.77" }] },
    errors: [
      `${CONFIG}.routes[0].gateway: gateway ip 192.168.48.77 is the DHCP server, ` +
      "which forwards nothing",
    ],
  },
  {
    name: "two routes to one destination in two spellings",
    ipv4Config: {
      routes: [
        { destination: "10.0.0.0/8", gateway: "192.168.48.1" },
        { destination: "10.1.2.3/8", gateway: "192.168.48.2" },
      ],
    },
    errors: [`${CONFIG}.routes[1].destination: 10.0.0.0/8 has a route already`],
  },
  {
    name: "a route to one destination again after another",
    ipv4Config: {
      routes: [
        { destination: "10.0.0.0/8", gateway: "192.168.48.1" },
        { destination: "172.16.0.0/12", gateway: "192.168.48.1" },
        { destination: "10.0.0.0/8", gateway: "192.168.48.2" },
      ],
    },
    errors: [`${CONFIG}.routes[2].destination: 10.0.0.0/8 has a route already`],
  },
  {
    name: "a boot file for each architecture and one for the others",
    ipv4Config: {
      boot: { files: [{ architectures: [7, 9], file: "a" }, { file: "b" }] },
    },
    errors: [],
  },
  {
    name: "options that no field has",
    ipv4Config: { options: [{ code: 252, text: "x" }, { code: 224, hex: "00" }] },
    errors: [],
  },
  {
    name: "options with a field, of the server, of clients, and a free one twice",
    ipv4Config: {
      options: [
        { code: 26, uint16: 1450 },
        { code: 54, addresses: ["10.0.0.1"] },
        { code: 50, addresses: ["10.0.0.1"] },
        { code: 224, text: "x" },
        { code: 224, text: "y" },
      ],
    },
    errors: [
      `${CONFIG}.options[0].code: option 26 is sent from the field mtu: set that instead`,
      `${CONFIG}.options[1].code: option 54 is set by the server in each reply`,
      `${CONFIG}.options[2].code: option 50 is sent by clients only`,
      `${CONFIG}.options[4].code: option 224 is listed twice`,
    ],
  },
  {
    name: "an option that is listed again after another",
    ipv4Config: {
      options: [
        { code: 224, text: "x" },
        { code: 225, text: "x" },
        { code: 224, text: "y" },
      ],
    },
    errors: [`${CONFIG}.options[2].code: option 224 is listed twice`],
  },
  {
    name: "a relay that is listed again after another",
    ipv4Config: { relays: ["192.168.48.3", "192.168.48.4", "192.168.48.3"] },
    errors: [`${CONFIG}.relays[2]: relay ip 192.168.48.3 is listed twice`],
  },
  {
    name: "relays and routes behind ones that cannot be true, by their position in the object",
    ipv4Config: {
      relays: ["192.168.48.255", "192.168.48.77"],
      routes: [
        { destination: "10.0.0.0/8", gateway: "192.168.48.255" },
        { destination: "172.16.0.0/12", gateway: "192.168.49.1" },
      ],
    },
    errors: [
      `${CONFIG}.routes[0].gateway: gateway ip 192.168.48.255 is the same as broadcast ip`,
      `${CONFIG}.relays[0]: relay ip 192.168.48.255 is the same as broadcast ip`,
      `${CONFIG}.routes[1].gateway: gateway ip 192.168.49.1 is not within subnet 192.168.48.0/24; ` +
      "0.0.0.0 stands for a destination on the link",
      `${CONFIG}.relays[1]: relay ip 192.168.48.77 is the DHCP server's own`,
    ],
  },
  {
    name: "relays, one of them twice, and the server among them",
    ipv4Config: { relays: ["192.168.48.3", "192.168.48.3", "192.168.48.77"] },
    errors: [
      `${CONFIG}.relays[1]: relay ip 192.168.48.3 is listed twice`,
      `${CONFIG}.relays[2]: relay ip 192.168.48.77 is the DHCP server's own`,
    ],
  },
];

for (const { name, ipv4Config, errors } of CASES) {
  Deno.test(`checkIPPool() ${errors.length === 0 ? "accepts" : "refuses"} ${name}`, () => {
    const found = checkIPPool(ippoolSample({ ipv4Config }));
    assert.deepEqual(found.map(({ field, message }) => `${field}: ${message}`), errors);
  });
}
