/** What of a pool's specification is in the way of the Go program. */

import type { IPPool } from "../../api/ippool/ippool.ts";
import { keyOf, type Observed } from "../../api/meta.ts";
import { lastAddressOf } from "../../net/cidr.ts";
import { formatIpv4Address, ipv4AddressFromNumber } from "../../net/ipv4_address.ts";
import { byAge, poolViewOf } from "../ippool/pool_view.ts";
import { LABEL_VALUE_LENGTH_MAX } from "../names.ts";
import { networkOfPool, objectOf } from "../raw_fields.ts";
import { deleteCommand, patchCommand, patchOfFixedField } from "./commands.ts";
import type { HandBackWorld, Obstacle } from "./obstacle.ts";

/** Its rule that these fields stay is not one of the definition. */
const WITHOUT_WEBHOOK = "; the webhook refuses this change, so end it before";

export function poolObstaclesOf(
  pool: Observed<IPPool>,
  world: HandBackWorld,
): readonly Obstacle[] {
  const found = [
    endOf(pool, world),
    bareNetworkOf(pool, world),
    olderPoolOf(pool, world),
    longNameOf(pool),
  ];
  return found.filter((each) => each !== undefined)
    .map((each) => ({ about: `IPPool ${keyOf(pool.object)}`, ...each }));
}

type Found = Omit<Obstacle, "about"> | undefined;

function endOf({ object, parsed }: Observed<IPPool>, { applyDefinitions }: HandBackWorld): Found {
  if (!parsed.ok) return undefined;
  const { cidr, start, end } = parsed.value.spec.ipv4Config;
  if (end !== lastAddressOf(cidr)) return undefined;
  const says = `its range ends at the broadcast address ${formatIpv4Address(end)}, and the Go ` +
    "program does not come up with it";
  const { allocated = {} } = parsed.value.status?.ipv4 ?? {};
  if (start === end || Object.hasOwn(allocated, formatIpv4Address(end))) {
    const cure = "delete it when no VM uses it any more, and make it anew with another range";
    return { says, commands: [], cure };
  }
  const shorter = formatIpv4Address(ipv4AddressFromNumber(end - 1));
  const patch = { spec: { ipv4Config: { pool: { end: shorter } } } };
  const command = patchCommand(object, "--type=merge", patch);
  const commands = patchOfFixedField(command, "ipv4Config.pool.end", applyDefinitions);
  return { says: `${says}${WITHOUT_WEBHOOK}`, commands };
}

function bareNetworkOf(pool: Observed<IPPool>, { applyDefinitions }: HandBackWorld): Found {
  const { object } = pool;
  const { networkName } = objectOf(object.spec);
  if (typeof networkName !== "string" || networkName === "" || networkName.includes("/")) {
    return undefined;
  }
  const patch = { spec: { networkName: networkOfPool(pool) } };
  const command = patchCommand(object, "--type=merge", patch);
  return {
    says:
      `its networkName ${networkName} has no namespace, and the Go program finds no such network`,
    commands: patchOfFixedField(command, "networkName", applyDefinitions),
  };
}

function olderPoolOf(pool: Observed<IPPool>, { ippools }: HandBackWorld): Found {
  const network = networkOfPool(pool);
  if (network === undefined) return undefined;
  const views = byAge(ippools.filter((each) => networkOfPool(each) === network).map(poolViewOf));
  const [oldest] = views;
  const view = views.find(({ key }) => key === keyOf(pool.object));
  if (oldest === undefined || view === undefined || oldest.key === view.key) return undefined;
  const says =
    `it is of the network ${network}, as ippool ${oldest.key} is, and the Go program hands out ` +
    "addresses of one of them only, not always of the same";
  const { size } = view.record.bindings;
  if (size === 0) return { says, commands: [deleteCommand(pool.object)] };
  const cure = `delete it when the VMs with its ${size} addresses are gone`;
  return { says, commands: [], cure };
}

function longNameOf({ object }: Observed<IPPool>): Found {
  const { name } = object.metadata;
  if (name.length <= LABEL_VALUE_LENGTH_MAX) return undefined;
  return {
    says:
      `its name has ${name.length} characters, and the Go program makes no agent for names of ` +
      `more than ${LABEL_VALUE_LENGTH_MAX}`,
    commands: [],
    cure: "delete it when no VM uses it any more, and make it anew under a shorter name",
  };
}
