/** What users and admins do to pools and networks. */

import { isJsonObject, objectAt, stringAt } from "../../../lib/base/json.ts";
import { type KubeObject, nameOfKey } from "../../../lib/api/meta.ts";
import { IPPOOLS, NETWORK_ATTACHMENT_DEFINITIONS } from "../../../lib/api/resources.ts";
import type { Action } from "./actions.ts";
import type { User } from "./user.ts";

/** A label that no controller wrote. */
export const FOREIGN_POOL = "pool-of-another-program";

/** Creates the network with this number. */
export function createNetwork(user: User, number: number): void {
  user.create(NETWORK_ATTACHMENT_DEFINITIONS, {
    metadata: nameOfKey(user.networkName(number)),
    spec: { config: '{"type":"bridge","vlan":1}' },
  });
}

/** Creates a pool of the network with this number. */
export function createPool(user: User, number: number, name: string): void {
  const start = 10 + (user.sometimes(0.2) ? user.upTo(5) : 0);
  const end = start + user.world.scenario.poolSize - 1;
  const exclude = user.sometimes(0.3) ? [user.address(number, start)] : [];
  user.create(IPPOOLS, {
    metadata: { namespace: "default", name },
    spec: {
      networkName: user.networkName(number),
      ipv4Config: {
        serverIP: user.address(number, 1),
        cidr: `${user.address(number, 0)}/24`,
        pool: {
          start: user.address(number, start),
          end: user.address(number, end),
          ...(exclude.length === 0 ? {} : { exclude }),
        },
        ...(user.sometimes(0.3) ? { router: user.address(number, start + 1) } : {}),
        leaseTime: 300,
        ...(user.sometimes(0.2) ? { hostnameFromVM: true } : {}),
      },
      ...(user.sometimes(0.1) ? { maxAddressesPerNamespace: 1 + user.upTo(4) } : {}),
    },
  });
}

function numberOf(pool: KubeObject): number {
  const name = stringAt(pool["spec"], "networkName");
  return Math.max(0, "abc".indexOf(name.at(-1) ?? "a"));
}

function editPool(user: User, patchOf: (pool: KubeObject) => Record<string, unknown>): void {
  const pool = user.pick(user.pools);
  if (pool !== undefined) user.patch(IPPOOLS, pool, { spec: patchOf(pool) });
}

/** Lets an admin change the record by hand. */
function editRecord(
  user: User,
  edit: (allocated: Readonly<Record<string, string>>, pool: KubeObject) => object | null,
): void {
  const pool = user.pick(user.pools);
  if (pool === undefined) return;
  const { allocated } = objectAt(pool["status"], "ipv4");
  const record = isJsonObject(allocated) ? allocated as Record<string, string> : {};
  user.patchStatus(IPPOOLS, pool, { ipv4: { allocated: edit(record, pool) } });
}

export const POOL_ACTIONS: readonly Action[] = [
  {
    name: "create a pool",
    weight: 1,
    run(user) {
      const number = user.networkNumber();
      createPool(user, number, `pool-${"abc"[number]}${user.sometimes(0.5) ? "" : "-2"}`);
    },
  },
  {
    name: "delete a pool",
    weight: 0.7,
    run(user) {
      const pool = user.pick(user.pools);
      if (pool !== undefined) user.delete(IPPOOLS, pool);
    },
  },
  {
    name: "pause a pool or let it go on",
    weight: 1.5,
    run: (user) =>
      editPool(user, ({ spec }) => ({ paused: objectAt({ spec }, "spec")["paused"] !== true })),
  },
  {
    name: "exclude addresses",
    weight: 1,
    run: (user) =>
      editPool(user, (pool) => {
        const exclude = Array.from({ length: user.upTo(3) }, () => user.anyAddress(numberOf(pool)));
        return { ipv4Config: { pool: { exclude: [...new Set(exclude)] } } };
      }),
  },
  {
    name: "set the router",
    weight: 0.7,
    run: (user) =>
      editPool(user, (pool) => ({ ipv4Config: { router: user.anyAddress(numberOf(pool)) } })),
  },
  {
    name: "grow a pool",
    weight: 0.7,
    run: (user) =>
      editPool(user, (pool) => {
        const end = stringAt(objectAt(objectAt(pool["spec"], "ipv4Config"), "pool"), "end");
        const last = Math.min(60, Number(end.split(".")[3]) + 1 + user.upTo(4));
        return { ipv4Config: { pool: { end: user.address(numberOf(pool), last) } } };
      }),
  },
  {
    name: "limit namespaces",
    weight: 0.7,
    run: (user) =>
      editPool(user, () => ({
        allowedNamespaces: user.pick([null, ["default"], ["tenant"], ["default", "tenant"]]),
        maxAddressesPerNamespace: user.sometimes(0.5) ? null : 1 + user.upTo(4),
      })),
  },
  {
    name: "change an option",
    weight: 0.5,
    run: (user) => editPool(user, () => ({ ipv4Config: { leaseTime: 100 + user.upTo(900) } })),
  },
  {
    name: "make a pool invalid or valid",
    weight: 0.5,
    run: (user) =>
      editPool(user, (pool) => {
        const isBroken = objectAt(pool["spec"], "ipv4Config")["serverIP"] === "bogus";
        return { ipv4Config: { serverIP: isBroken ? user.address(numberOf(pool), 1) : "bogus" } };
      }),
  },
  {
    name: "strip a pool of its finalizers",
    weight: 0.3,
    run(user) {
      const pool = user.pick(user.pools);
      if (pool !== undefined) user.patch(IPPOOLS, pool, { metadata: { finalizers: null } });
    },
  },
  {
    name: "take an entry out of a record",
    weight: 1,
    run: (user) =>
      editRecord(user, (allocated) => {
        const address = user.pick(Object.keys(allocated));
        return address === undefined ? {} : { [address]: null };
      }),
  },
  {
    name: "put an entry into a record",
    weight: 1,
    run: (user) =>
      editRecord(user, (_, pool) => ({ [user.anyAddress(numberOf(pool))]: user.mac() })),
  },
  {
    name: "put nonsense into a record",
    weight: 0.3,
    run: (user) =>
      editRecord(user, (_, pool) => ({ [user.anyAddress(numberOf(pool))]: "RESERVED BY BOB" })),
  },
  {
    name: "lose a record",
    weight: 0.5,
    run: (user) => editRecord(user, () => null),
  },
  {
    name: "create a network",
    weight: 0.7,
    run: (user) => createNetwork(user, user.networkNumber()),
  },
  {
    name: "delete a network",
    weight: 0.5,
    run(user) {
      const network = user.pick(user.networks);
      if (network !== undefined) user.delete(NETWORK_ATTACHMENT_DEFINITIONS, network);
    },
  },
  {
    name: "label a network wrongly",
    weight: 0.3,
    run(user) {
      const network = user.pick(user.networks);
      if (network === undefined) return;
      const label = "network.harvesterhci.io/ippool-name";
      const value = user.pick([null, FOREIGN_POOL]);
      user.patch(NETWORK_ATTACHMENT_DEFINITIONS, network, {
        metadata: { labels: { [label]: value } },
      });
    },
  },
];
