/** What of a VirtualMachineNetworkConfig is in the way of the Go program. */

import type { JsonPatchStep } from "../../api/json_patch.ts";
import { keyOf, type KubeObject, type Observed } from "../../api/meta.ts";
import { networkNameOf } from "../../api/network_name.ts";
import { objectOf } from "../raw_fields.ts";
import { deleteCommand, patchCommand } from "./commands.ts";
import type { Obstacle } from "./obstacle.ts";

/** A NIC in a specification. */
interface WrittenNic {
  readonly index: number;
  readonly written: string;
  /** With its namespace. */
  readonly network: string;
}

/**
 * All of it at once, since one patch has to convert it.
 *
 * @param networks Those that have a pool.
 */
export function nicObstacleOf(
  { object }: Pick<Observed<unknown>, "object">,
  networks: ReadonlySet<string | undefined>,
): Obstacle | undefined {
  const spec = objectOf(object.spec);
  const isOldList = Array.isArray(spec.networkConfig);
  const list: unknown = isOldList ? spec.networkConfig : spec.networkConfigs;
  const nics = Array.isArray(list) ? list.flatMap((nic, i) => nicOf(nic, i, object)) : [];
  const bare = nics.filter(({ written }) => !written.includes("/"));
  const poolless = nics.filter(({ network }) => !networks.has(network));
  const says = [
    ...isOldList ? ["its NICs are under spec.networkConfig, which the Go program drops"] : [],
    ...bare.length === 0 ? [] : [
      `${namesOf(bare, "written")} ${
        bare.length === 1 ? "has" : "have"
      } no namespace, and the Go program looks elsewhere`,
    ],
    ...poolless.length === 0 ? [] : [
      `${namesOf(poolless, "network")} ${
        poolless.length === 1 ? "has" : "have"
      } no pool, and the ` +
      "Go program stops at such a NIC and gives the VM's other NICs nothing new either",
    ],
  ];
  if (says.length === 0) return undefined;
  const about = `VirtualMachineNetworkConfig ${keyOf(object)}`;
  const isOfVm = object.metadata.ownerReferences?.some(({ kind }) => kind === "VirtualMachine");
  const removed = isOfVm ? [] : poolless;
  return {
    about,
    says: says.join("; "),
    commands: commandsOf(object, { isOldList, bare, removed, count: nics.length }),
    ...(isOfVm && poolless.length > 0
      ? { cure: "give that network a pool, or take the interface off the VM" }
      : {}),
  };
}

function nicOf(nic: unknown, index: number, { metadata }: KubeObject): readonly WrittenNic[] {
  const { networkName } = objectOf(nic);
  if (typeof networkName !== "string" || networkName === "") return [];
  return [{
    index,
    written: networkName,
    network: networkNameOf(networkName, metadata.namespace ?? ""),
  }];
}

function namesOf(nics: readonly WrittenNic[], key: "written" | "network"): string {
  return `networkName ${[...new Set(nics.map((nic) => nic[key]))].join(", ")}`;
}

function commandsOf(
  object: KubeObject,
  { isOldList, bare, removed, count }: {
    readonly isOldList: boolean;
    readonly bare: readonly WrittenNic[];
    readonly removed: readonly WrittenNic[];
    readonly count: number;
  },
): readonly string[] {
  if (count > 0 && removed.length === count) return [deleteCommand(object)];
  const pathOf = ({ index }: WrittenNic) => `/spec/networkConfigs/${index}`;
  const stillNames = (nic: WrittenNic): JsonPatchStep => (
    { op: "test", path: `${pathOf(nic)}/networkName`, value: nic.written }
  );
  const gone = new Set(removed.map(({ index }) => index));
  const steps: JsonPatchStep[] = [];
  if (isOldList) {
    steps.push({ op: "move", from: "/spec/networkConfig", path: "/spec/networkConfigs" });
  }
  for (const nic of bare.filter(({ index }) => !gone.has(index))) {
    const path = `${pathOf(nic)}/networkName`;
    steps.push(stillNames(nic), { op: "replace", path, value: nic.network });
  }
  // From the end, so that the others keep their places.
  for (const nic of removed.toReversed()) {
    steps.push(stillNames(nic), { op: "remove", path: pathOf(nic) });
  }
  return steps.length === 0 ? [] : [patchCommand(object, "--type=json", steps)];
}
