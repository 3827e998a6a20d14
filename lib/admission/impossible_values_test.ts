/** Values of the right form that cannot be true. */

import type { JsonObject } from "../base/json.ts";
import assert from "node:assert/strict";
import { judgeAlone } from "../../tests/support/apiserver/object_rules.ts";
import { ippoolSample, vmnetcfgSample } from "../../tests/support/apiserver/samples.ts";
import type { KubeObject } from "../api/meta.ts";
import type { AdmissionRequest, Finding } from "./contract.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../api/resources.ts";

function admit(request: AdmissionRequest): readonly Finding[] {
  return judgeAlone(request).errors;
}

function json(object: KubeObject): KubeObject {
  return JSON.parse(JSON.stringify(object));
}

const CONFIG = "spec.ipv4Config";

const NIC = { macAddress: "fa:cf:8e:50:82:fc", networkName: "net-48" };

/** Each with the field that is named. */
const IMPOSSIBLE: readonly (readonly [JsonObject, string])[] = [
  [{ cidr: "0.0.0.0/8" }, "cidr"],
  [{ cidr: "126.0.0.0/7" }, "cidr"],
  [{ cidr: "127.9.0.0/16" }, "cidr"],
  [{ cidr: "224.0.0.0/24" }, "cidr"],
  [{ cidr: "239.255.0.0/16" }, "cidr"],
  [{ cidr: "240.0.0.0/4" }, "cidr"],
  [{ cidr: "255.255.255.0/24" }, "cidr"],
  [{ cidr: "0.0.0.0/0" }, "cidr"],
  [{ serverIP: "192.168.48.0" }, "serverIP"],
  [{ serverIP: "192.168.48.255" }, "serverIP"],
  [{ serverIP: "192.168.49.1" }, "serverIP"],
  [{ serverIP: "192.168.48.1" }, "serverIP"],
  [{ router: "192.168.48.0" }, "router"],
  [{ router: "192.168.48.255" }, "router"],
  [{ router: "224.0.0.1" }, "router"],
  [{ router: "192.168.49.1" }, "router"],
  [{ dns: ["0.0.0.0"] }, "dns[0]"],
  [{ dns: ["1.1.1.1", "255.255.255.255"] }, "dns[1]"],
  [{ dns: ["224.0.0.251"] }, "dns[0]"],
  [{ dns: ["192.168.48.255"] }, "dns[0]"],
  [{ ntp: ["0.1.2.3"] }, "ntp[0]"],
  [{ ntp: ["224.0.1.1"] }, "ntp[0]"],
  [{ ntp: ["10.0.0.256"] }, "ntp[0]"],
  [{ ntp: ["10.0.0"] }, "ntp[0]"],
  [{ domainName: "lab example" }, "domainName"],
  [{ domainName: "-lab.example" }, "domainName"],
  [{ domainName: `${"a".repeat(64)}.example` }, "domainName"],
  [{ domainName: "b\u00fccher.example" }, "domainName"],
  [{ domainName: "lab\u0000" }, "domainName"],
  [{ domainSearch: ["10.0.0.1"] }, "domainSearch[0]"],
  [{ relays: ["0.0.0.0"] }, "relays[0]"],
  [{ relays: ["255.255.255.255"] }, "relays[0]"],
  [{ relays: ["192.168.48.3", "127.0.0.1"] }, "relays[1]"],
  [{ relayMacs: ["00:00:00:00:00:00"] }, "relayMacs[0]"],
  [{ relayMacs: ["02:00:00:00:00:01", "FF-FF-FF-FF-FF-FF"] }, "relayMacs[1]"],
  [{ relayMacs: ["01:00:5e:00:00:01"] }, "relayMacs[0]"],
  [{ boot: { nextServer: "224.0.0.1", files: [{ file: "a" }] } }, "boot.nextServer"],
  [{ routes: [{ destination: "127.0.0.0/8", gateway: "192.168.48.1" }] }, "routes[0].destination"],
  [{ routes: [{ destination: "10.0.0.0/8", gateway: "192.168.48.255" }] }, "routes[0].gateway"],
];

for (const [ipv4Config, field] of IMPOSSIBLE) {
  Deno.test(`judge() refuses what cannot be true, and names it: ${JSON.stringify(ipv4Config)}`, () => {
    const request = { type: IPPOOLS, object: json(ippoolSample({ ipv4Config })) };
    const errors = admit({ ...request, operation: "CREATE" });
    assert.ok(
      errors.some((error) => error.field === `${CONFIG}.${field}`),
      JSON.stringify(errors),
    );
    // Where it is stored already, it keeps nobody from changing something else.
    const after = json(ippoolSample({ ipv4Config: { ...ipv4Config, leaseTime: 60 } }));
    assert.deepEqual(
      admit({ type: IPPOOLS, operation: "UPDATE", oldObject: request.object, object: after }),
      [],
    );
  });
}

for (
  const [change, field] of [
    [{ macAddress: "00:00:00:00:00:00" }, "macAddress"],
    [{ macAddress: "ff:ff:ff:ff:ff:ff" }, "macAddress"],
    [{ macAddress: "01-00-5E-00-00-01" }, "macAddress"],
    [{ macAddress: "33:33:00:00:00:01" }, "macAddress"],
    [{ ipAddress: "0.0.0.0" }, "ipAddress"],
    [{ ipAddress: "127.0.0.1" }, "ipAddress"],
    [{ ipAddress: "255.255.255.255" }, "ipAddress"],
  ] as const
) {
  Deno.test(`judge() refuses a NIC that cannot be, in either list: ${JSON.stringify(change)}`, () => {
    for (const list of ["networkConfig", "networkConfigs"]) {
      const spec = { networkConfigs: undefined, [list]: [NIC, { ...NIC, ...change }] };
      const object = json(vmnetcfgSample({ spec }));
      const errors = admit({ type: VIRTUAL_MACHINE_NETWORK_CONFIGS, operation: "CREATE", object });
      assert.deepEqual(errors.map((error) => error.field), [`spec.${list}[1].${field}`]);
    }
  });
}
