/** The rules between an IPPool and the addresses that are in use. */

import type { JsonObject } from "../../base/json.ts";
import { joinSome } from "../../base/sentences.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import { type FieldError, keyOf, type Observed } from "../../api/meta.ts";
import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import { type MacAddress, parseMacAddress } from "../../net/mac_address.ts";
import { networkOfPool } from "../../reconcile/raw_fields.ts";
import type { Check } from "../admission_check.ts";
import type { AdmissionWorld } from "../contract.ts";
import {
  allocatedOf,
  holderNames,
  holderOf,
  ofPool,
  otherPools,
  type PoolQuestion,
} from "./pool_questions.ts";

const WORLD = { operations: ["CREATE", "UPDATE"], effect: "deny", scope: "world" } as const;

/** Names that a denial has room for. */
const USERS_SHOWN_MAX = 100;

export const BINDING_CHECKS: readonly Check<IPPool>[] = [
  {
    ...WORLD,
    name: "ippool-server-address",
    says: "Neither a VM of this network nor a node uses `serverIP`.",
    check: ofPool((question) => {
      const { serverIp } = question.settings;
      const user = vmAt(question, serverIp) ?? nodeAt(question, serverIp);
      if (user === undefined) return [];
      const message = `server ip ${formatIpv4Address(serverIp)} is already occupied by ${user}: ` +
        "choose a free address";
      return [{ field: "spec.ipv4Config.serverIP", message }];
    }),
  },
  {
    ...WORLD,
    operations: ["CREATE"],
    name: "ippool-server-told",
    says: "No VirtualMachineNetworkConfig of the network has the `serverIP` of a new pool in its " +
      "status, as the address of a VM.",
    check: ofPool(({ settings: { serverIp }, network, world }) =>
      [...world.usersOf(network)].filter(({ told }) => told.includes(serverIp)).slice(0, 1)
        .map(({ name }) => ({
          field: "spec.ipv4Config.serverIP",
          message: `server ip ${formatIpv4Address(serverIp)} is already occupied by ` +
            `VirtualMachineNetworkConfig ${name}: choose a free address`,
        }))
    ),
  },
  {
    ...WORLD,
    name: "ippool-addresses-in-use",
    says: "No VM holds the address of `router` or of an exclusion.",
    check: ofPool((question) => {
      const { settings: { router, exclude }, allocated } = question;
      const nameOf = holderNames(question);
      return [
        ...(router === undefined ? [] : inUse("router", router)),
        ...exclude.flatMap((address) => inUse("pool.exclude", address)),
      ];

      function inUse(key: "router" | "pool.exclude", address: Ipv4Address): FieldError[] {
        const mac = holderOf(allocated, address);
        if (mac === undefined) return [];
        const what = key === "router" ? key : "exclude";
        const message = `${what} ip ${formatIpv4Address(address)} is in use by ${nameOf(mac)}: ` +
          "take the address from it first";
        return [{ field: `spec.ipv4Config.${key}`, message }];
      }
    }),
  },
  {
    operations: ["DELETE"],
    effect: "deny",
    scope: "world",
    name: "ippool-in-use",
    says: "No VirtualMachineNetworkConfig names the network of a pool that is deleted, in its " +
      "specification or its status. If another pool serves the network, only those count whose " +
      "addresses this pool has recorded.",
    check(pool, world) {
      const users = usersOfPool(pool, world).sort();
      if (users.length === 0) return [];
      const message = "it's still used by VirtualMachineNetworkConfig(s) " +
        `${joinSome(users, ", ", USERS_SHOWN_MAX)}, which must be removed at first`;
      return [{ field: "spec.networkName", message }];
    },
  },
];

/** The VM that an address of the network is recorded for, in this pool or in another one. */
function vmAt(question: PoolQuestion, address: Ipv4Address): string | undefined {
  const others = otherPools(question).filter(({ network }) => network === question.network);
  for (const { allocated } of [question, ...others]) {
    const mac = holderOf(allocated, address);
    if (mac !== undefined) return holderNames(question)(mac);
  }
  return undefined;
}

function nodeAt({ world }: PoolQuestion, address: Ipv4Address): string | undefined {
  for (const one of world.nodeAddresses()) {
    if (one.address === address) return `node ${one.node}`;
  }
  return undefined;
}

function usersOfPool(pool: Observed<IPPool>, world: AdmissionWorld): string[] {
  const network = networkOfPool(pool);
  if (network === undefined) return [];
  const users = [...world.usersOf(network)];
  const isShared = otherPools({ name: keyOf(pool.object), world })
    .some((other) => other.network === network && !other.isDeleting);
  if (!isShared || users.length === 0) return users.map(({ name }) => name);
  const held = macsOf(allocatedOf(pool));
  return users.filter(({ macs }) => macs.values().some((mac) => held.has(mac)))
    .map(({ name }) => name);
}

function macsOf(allocated: JsonObject): ReadonlySet<MacAddress> {
  const macs = new Set<MacAddress>();
  for (const value of Object.values(allocated)) {
    const mac = typeof value === "string" ? parseMacAddress(value) : undefined;
    if (mac !== undefined) macs.add(mac);
  }
  return macs;
}
