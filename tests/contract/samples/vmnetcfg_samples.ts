/** VirtualMachineNetworkConfigs, good and bad. */

import type { JsonObject } from "../../../lib/base/json.ts";
import { vmnetcfgSample } from "../../support/apiserver/samples.ts";
import type { Sample } from "./crd_sample.ts";

function nic(name: string, change: JsonObject, ...bad: string[]): Sample {
  const networkConfigs = [{
    macAddress: "fa:cf:8e:50:82:fc",
    networkName: "default/net-48",
    ...change,
  }];
  const spec = JSON.parse(JSON.stringify({ networkConfigs }));
  return {
    name,
    object: vmnetcfgSample({ spec }),
    bad: bad.map((f) => `spec.networkConfigs[0].${f}`),
  };
}

const LABEL_64 = "a".repeat(64);
const ABSENT = undefined;

/** All samples of VirtualMachineNetworkConfigs. */
export const VMNETCFG_SAMPLES: readonly Sample[] = [
  nic("a MAC of zeros", { macAddress: "00:00:00:00:00:00" }),
  nic("the broadcast MAC", { macAddress: "ff:ff:ff:ff:ff:ff" }),
  nic("a multicast MAC", { macAddress: "01-00-5e-00-00-01" }),
  nic("a group MAC of its own", { macAddress: "FB:CF:8E:50:82:FC" }),
  nic("a multicast address", { ipAddress: "224.0.0.1" }),
  nic("no address", { ipAddress: "0.0.0.0" }),
  nic("a loopback address", { ipAddress: "127.0.0.1" }),
  { name: "the example", object: vmnetcfgSample(), bad: [] },
  nic("a MAC address in upper case", { macAddress: "FA:CF:8E:50:82:FC" }),
  nic("a MAC address with dashes", { macAddress: "fa-cf-8e-50-82-fc" }),
  nic("a MAC address with both", { macAddress: "fa-cf:8e-50-82-fc" }, "macAddress"),
  nic("a short MAC address", { macAddress: "fa:cf:8e:50:82" }, "macAddress"),
  nic("no MAC address", { macAddress: ABSENT }, "macAddress"),
  nic("a bare network", { networkName: "net-48" }),
  nic("an empty network", { networkName: "" }, "networkName"),
  nic("a wanted address", { ipAddress: "192.168.48.85" }),
  nic("a wanted address that is none", { ipAddress: "dhcp" }, "ipAddress"),
  nic("a host name", { hostname: "web-1" }),
  nic("a host name of 63 characters", { hostname: "a".repeat(63) }),
  nic("a host name of 64 characters", { hostname: LABEL_64 }, "hostname"),
  nic("a host name with a dot", { hostname: "web.lab" }, "hostname"),
  nic("a host name in upper case", { hostname: "WEB" }, "hostname"),
  nic("a host name that ends with a dash", { hostname: "web-" }, "hostname"),
  nic("an empty host name", { hostname: "" }, "hostname"),
  nic("a number for a host name", { hostname: 1 }, "hostname"),
  {
    name: "the other spelling",
    object: vmnetcfgSample({
      spec: {
        networkConfigs: undefined,
        networkConfig: [{ macAddress: "fa:cf:8e:50:82:fc", networkName: "default/net-48" }],
      },
    }),
    bad: [],
  },
  {
    name: "both spellings",
    object: vmnetcfgSample({ spec: { networkConfig: [] } }),
    bad: ["spec"],
    differs: "the definition says it in CEL, which is not evaluated here",
  },
  {
    name: "one MAC address twice",
    object: vmnetcfgSample({
      spec: {
        networkConfigs: Array(2).fill({ macAddress: "fa:cf:8e:50:82:fc", networkName: "net-48" }),
      },
    }),
    bad: [],
  },
  {
    name: "five NICs",
    object: vmnetcfgSample({
      spec: {
        networkConfigs: Array(5).fill({ macAddress: "fa:cf:8e:50:82:fc", networkName: "net-48" }),
      },
    }),
    bad: ["spec.networkConfigs"],
  },
  {
    name: "no NICs",
    object: vmnetcfgSample({ spec: { networkConfigs: undefined } }),
    bad: [],
  },
  { name: "no VM", object: vmnetcfgSample({ spec: { vmName: undefined } }), bad: ["spec.vmName"] },
  {
    name: "a state that does not exist",
    object: vmnetcfgSample({ status: { networkConfigs: [{ state: "Gone" }] } }),
    bad: ["status.networkConfigs[0].state"],
  },
];
