/**
 * Objects about which all API servers with the rules of admission have to agree: the embedded one, and a
 * real one with the webhook. They are asked by dry runs, so that no answer depends on another one.
 */

import { keyOf, type KubeObject, type ResourceType } from "../../../lib/api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../../lib/api/network_attachment_definition.ts";
import {
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import { networkSample } from "../../support/apiserver/admission_worlds.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { mulberry32 } from "../../support/harness/seeded_random.ts";

const POOLS = 150;
const CONFIGS = 50;

export const MAC = "fa:cf:8e:50:82:fd";

function network(name: string, type: string, route?: string): NetworkAttachmentDefinition {
  const labels = {
    "network.harvesterhci.io/type": type,
    "network.harvesterhci.io/clusternetwork": "vlan",
  };
  return networkSample(
    name,
    labels,
    route === undefined ? {} : { "network.harvesterhci.io/route": route },
  );
}

const FOREIGN = '{"mode":"auto","serverIPAddr":"192.168.48.3","cidr":"192.168.48.0/24"}';

/** What is there before anything is asked. */
export const SURROUNDINGS = {
  networks: [
    network("net-48", "L2VlanNetwork"),
    network("net-49", "L2VlanNetwork"),
    network("net-50", "OverlayNetwork"),
    network("net-51", "L2VlanTrunkNetwork"),
    network("net-52", "UntaggedNetwork", FOREIGN),
    network("storagenetwork-x", "L2VlanNetwork"),
  ],
  pools: [ippoolSample({
    metadata: { name: "used" },
    spec: { networkName: "default/net-49" },
    ipv4Config: { cidr: "192.168.49.0/24", serverIP: "192.168.49.2", router: "192.168.49.1" },
    pool: { start: "192.168.49.10", end: "192.168.49.20", exclude: ["192.168.49.12"] },
    status: { ipv4: { allocated: { "192.168.49.15": MAC }, used: 1, available: 8 } },
  })],
  vmnetcfgs: [vmnetcfgSample({
    metadata: { name: "user" },
    spec: { networkConfigs: [{ macAddress: MAC, networkName: "default/net-49" }] },
  })],
};

/** The objects that are stored first, each with its kind. */
export const STORED: readonly (readonly [ResourceType, KubeObject])[] = [
  ...SURROUNDINGS.networks.map((object) => [NETWORK_ATTACHMENT_DEFINITIONS, object] as const),
  ...SURROUNDINGS.pools.map((object) => [IPPOOLS, object] as const),
  ...SURROUNDINGS.vmnetcfgs.map((object) => [VIRTUAL_MACHINE_NETWORK_CONFIGS, object] as const),
];

/** An object that somebody would create. */
export interface Question {
  readonly name: string;
  readonly type: ResourceType;
  readonly object: KubeObject;
}

const NETWORK_NAMES = [
  ...["default/net-48", "default/net-48", "net-48", "default/net-49", "default/net-50"],
  ...["default/net-51", "default/net-52", "default/storagenetwork-x"],
];

/** The table, always the same. */
export function commonQuestions(): readonly Question[] {
  return [
    ...Array.from({ length: POOLS }, (_, i) => question(IPPOOLS, poolOf(i))),
    ...Array.from(
      { length: CONFIGS },
      (_, i) => question(VIRTUAL_MACHINE_NETWORK_CONFIGS, configOf(i)),
    ),
  ];
}

function question(type: ResourceType, sample: KubeObject): Question {
  const object: KubeObject = JSON.parse(JSON.stringify(sample));
  return { name: `${type.kind} ${keyOf(object)}`, type, object };
}

function poolOf(number: number): KubeObject {
  const random = mulberry32(number + 1);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  /** The usual value in most pools. */
  const mostly = <T>(usual: T, others: readonly T[]): T => random() < 0.8 ? usual : pick(others);
  const subnet = mostly("192.168.48", ["192.168.49", "10.0.0", "224.0.0", "127.0.0"]);
  const at = (last: number) => `${subnet}.${last}`;
  const exclude = mostly<readonly string[] | undefined>(undefined, [
    [at(81)],
    [at(83), at(84)],
    ["10.9.9.9"],
  ]);
  return ippoolSample({
    metadata: { name: `pool-${number}` },
    spec: { networkName: mostly("default/net-48", NETWORK_NAMES) },
    ipv4Config: {
      cidr: `${at(0)}/${mostly(24, [23, 25, 30, 31, 32])}`,
      serverIP: mostly(at(77), [at(0), at(255), at(1), at(85), "10.9.9.9", undefined]),
      router: mostly<string | undefined>(at(1), [at(77), at(255), "10.9.9.9", undefined]),
      dns: mostly(["1.1.1.1"], [["224.0.0.251"], [at(255)], ["0.0.0.0"]]),
      leaseTime: mostly(300, [1, 4_294_967_294]),
    },
    pool: {
      start: mostly(at(81), [at(0), at(91), "10.9.9.9", undefined]),
      end: mostly(at(90), [at(255), at(80), "10.9.9.9", undefined]),
      exclude,
    },
  });
}

function configOf(number: number): KubeObject {
  const random = mulberry32(1000 + number);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const networkConfigs = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
    macAddress: pick([MAC, "fa:cf:8e:50:82:fc", "FA-CF-8E-50-82-FB", "01:00:5e:00:00:01"]),
    networkName: pick(NETWORK_NAMES),
    ipAddress: pick([
      ...[undefined, undefined, "192.168.49.11", "192.168.49.12", "192.168.49.15"],
      ...["192.168.49.2", "192.168.48.85", "127.0.0.1"],
    ]),
  }));
  return vmnetcfgSample({ metadata: { name: `vm-${number}` }, spec: { networkConfigs } });
}
