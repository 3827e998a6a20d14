/** What users do to VirtualMachineNetworkConfigs by hand. */

import type { KubeObject } from "../../../lib/api/meta.ts";
import { VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { VMNETCFG_FINALIZER } from "../../../lib/reconcile/names.ts";
import { objectAt } from "../../../lib/base/json.ts";
import type { Action } from "./actions.ts";
import { type Nic, nicsOf, type User } from "./user.ts";

const TYPE = VIRTUAL_MACHINE_NETWORK_CONFIGS;

function createConfig(user: User, name: string, nics: readonly Nic[]): boolean {
  const namespace = user.namespace();
  const metadata = { name, namespace };
  return user.create(TYPE, { metadata, spec: { vmName: name, networkConfigs: nics } });
}

/** Lets a user change the NICs of an object. */
function editNics(user: User, edit: (nics: Nic[], config: KubeObject) => Nic[]): void {
  const config = user.pick(user.configs);
  if (config === undefined) return;
  user.patch(TYPE, config, { spec: { networkConfigs: edit(nicsOf(config), config) } });
}

function editNic(user: User, edit: (nic: Nic) => Nic): void {
  editNics(user, (nics) => {
    const edited = user.pick(nics);
    return nics.map((nic) => nic === edited ? edit(nic) : nic);
  });
}

/** Makes it again under the same name as soon as the name is free. */
function createAgain(user: User, { metadata, spec }: KubeObject): void {
  let attempts = 0;
  const again = () => {
    const { name, namespace } = metadata;
    const isMade = user.create(TYPE, {
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
      spec,
    });
    if (!isMade && attempts++ < 50) user.world.clock.after(200, again);
  };
  again();
}

export const CONFIG_ACTIONS: readonly Action[] = [
  {
    name: "create a config",
    weight: 8,
    run: (user) => void createConfig(user, user.vmName(), user.nics()),
  },
  {
    name: "create several configs at once",
    weight: 1,
    run(user) {
      for (let count = 2 + user.upTo(5); count > 0; count--) {
        createConfig(user, user.vmName(), user.nics());
      }
    },
  },
  {
    name: "delete a config",
    weight: 4,
    run(user) {
      const config = user.pick(user.configs);
      if (config !== undefined) user.delete(TYPE, config);
    },
  },
  {
    name: "delete a config and create it again",
    weight: 3,
    run(user) {
      const config = user.pick(user.configs);
      if (config !== undefined && user.delete(TYPE, config)) createAgain(user, config);
    },
  },
  {
    name: "clone a config",
    weight: 2,
    run(user) {
      const config = user.pick(user.configs);
      if (config === undefined) return;
      createConfig(user, user.vmName(), nicsOf(config));
    },
  },
  {
    name: "change a MAC",
    weight: 2,
    run: (user) => editNic(user, (nic) => ({ ...nic, macAddress: user.mac() })),
  },
  {
    name: "spell a MAC in another way",
    weight: 0.5,
    run: (user) =>
      editNic(user, (nic) => ({
        ...nic,
        macAddress: user.sometimes(0.5)
          ? nic.macAddress.toUpperCase()
          : nic.macAddress.replaceAll(":", "-"),
      })),
  },
  {
    name: "swap the MACs of two configs",
    weight: 1,
    run(user) {
      const [one, other] = [user.pick(user.configs), user.pick(user.configs)];
      if (one === undefined || other === undefined || one === other) return;
      const [its, others] = [nicsOf(one), nicsOf(other)];
      if (its[0] === undefined || others[0] === undefined) return;
      const macs = [its[0].macAddress, others[0].macAddress] as const;
      its[0].macAddress = macs[1];
      others[0].macAddress = macs[0];
      user.patch(TYPE, one, { spec: { networkConfigs: its } });
      user.later(500, () => user.patch(TYPE, other, { spec: { networkConfigs: others } }));
    },
  },
  {
    name: "move a NIC to another network",
    weight: 2,
    run: (user) =>
      editNic(user, ({ ipAddress: _, ...nic }) => ({
        ...nic,
        networkName: user.networkName(user.networkNumber()),
      } as Nic)),
  },
  {
    name: "want an address",
    weight: 2,
    run: (user) =>
      editNic(user, (nic) => {
        const network = "abc".indexOf(nic.networkName.at(-1) ?? "a");
        return { ...nic, ipAddress: user.anyAddress(Math.max(0, network)) };
      }),
  },
  {
    name: "want each other's addresses",
    weight: 0.7,
    run(user) {
      const [one, other] = [user.pick(user.configs), user.pick(user.configs)];
      if (one === undefined || other === undefined || one === other) return;
      const addresses = [one, other].map((each) => toldOf(each)[0]);
      [one, other].forEach((config, index) => {
        const nics = nicsOf(config);
        const ipAddress = addresses[1 - index];
        if (nics[0] === undefined || ipAddress === undefined) return;
        nics[0].ipAddress = ipAddress;
        user.patch(TYPE, config, { spec: { networkConfigs: nics } });
      });
    },
  },
  {
    name: "want any address",
    weight: 1,
    run: (user) => editNic(user, ({ ipAddress: _, ...nic }) => nic as Nic),
  },
  {
    name: "add a NIC",
    weight: 1,
    run: (user) => editNics(user, (nics) => [...nics, user.nic()].slice(0, 4)),
  },
  {
    name: "remove a NIC",
    weight: 1,
    run: (user) => editNics(user, (nics) => nics.slice(1)),
  },
  {
    name: "pause a config or let it go on",
    weight: 2,
    run(user) {
      const config = user.pick(user.configs);
      if (config === undefined) return;
      const paused = objectAt(config, "spec")["paused"] !== true;
      user.patch(TYPE, config, { spec: { paused } });
    },
  },
  {
    name: "make a config unreadable or readable",
    weight: 1,
    run(user) {
      const config = user.pick(user.configs);
      if (config === undefined) return;
      const isBroken = typeof objectAt(config, "spec")["paused"] === "string";
      user.patch(TYPE, config, { spec: { paused: isBroken ? null : "no" } });
    },
  },
  {
    name: "let another controller keep a config",
    weight: 0.5,
    run(user) {
      const config = user.pick(user.configs);
      if (config === undefined || config.metadata.deletionTimestamp !== undefined) return;
      const finalizers = [...config.metadata.finalizers ?? [], "example.com/keep"];
      user.patch(TYPE, config, { metadata: { finalizers } });
      user.later(20_000, () => letGo(user, config));
    },
  },
  {
    name: "strip a config of its finalizers",
    weight: 0.5,
    run(user) {
      const config = user.pick(user.configs);
      if (config === undefined) return;
      user.patch(TYPE, config, { metadata: { finalizers: null } });
    },
  },
  {
    name: "bring configs of the Go program",
    weight: 1,
    run(user) {
      // It does not run beside this one.
      if (user.world.processes.every(({ leads }) => !leads)) createGoConfig(user);
    },
  },
];

/** A config as the Go program left it behind. */
export function createGoConfig(user: User): void {
  const name = user.vmName();
  const nic = user.nic();
  const metadata = { name, namespace: "default", finalizers: [VMNETCFG_FINALIZER] };
  const spec = { vmName: name, networkConfigs: [nic] };
  if (!user.create(TYPE, { metadata, spec })) return;
  const config = user.configs.find((each) =>
    each.metadata.name === name && each.metadata.namespace === "default"
  )!;
  const state = user.pick(["Allocated", "Pending", "Stale"] as const)!;
  const number = Math.max(0, "abc".indexOf(nic.networkName.at(-1)!));
  user.patchStatus(TYPE, config, {
    networkConfigs: [{
      macAddress: nic.macAddress,
      networkName: nic.networkName,
      allocatedIPAddress: user.anyAddress(number),
      state,
    }],
  });
}

function letGo(user: User, config: KubeObject): void {
  const now = user.configs.find(({ metadata }) => metadata.uid === config.metadata.uid);
  const finalizers = now?.metadata.finalizers?.filter((each) => each !== "example.com/keep");
  if (now !== undefined) user.patch(TYPE, now, { metadata: { finalizers } });
}

function toldOf(config: KubeObject): readonly string[] {
  const { networkConfigs } = objectAt(config, "status");
  const list: readonly { allocatedIPAddress?: string }[] = Array.isArray(networkConfigs)
    ? networkConfigs
    : [];
  return list.flatMap(({ allocatedIPAddress }) => allocatedIPAddress ?? []);
}
