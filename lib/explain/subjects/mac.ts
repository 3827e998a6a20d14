/** `vm-dhcp explain mac`: whose it is, and whether it asks. */

import { keyOf, type Observed } from "../../api/meta.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { formatMacAddress, type MacAddress, parseMacAddress } from "../../net/mac_address.ts";
import { formatIpv4Address } from "../../net/ipv4_address.ts";
import { specNicsOf } from "../../reconcile/raw_fields.ts";
import { agoOf, spanOf } from "../ago.ts";
import { askAll } from "../ask.ts";
import type { Finding, Question, World } from "../contract.ts";
import { type Explanation, explanationOf } from "../explanation.ts";
import type { Facts } from "../facts.ts";
import { unread, well, wrong } from "../findings.ts";
import { strangersOf } from "../questions/agents.ts";
import { askVm, headOfNic, sayWell } from "./nics.ts";

/** A MAC with what names it. */
export interface MacSubject {
  readonly mac: MacAddress;
  readonly facts: Facts;
  readonly owners: readonly Observed<VirtualMachineNetworkConfig>[];
}

export const MAC_QUESTIONS: readonly Question<MacSubject>[] = [
  {
    code: "MAC_KNOWN",
    holds: "A VirtualMachineNetworkConfig names the MAC.",
    needs: [],
    ask: findOwner,
  },
];

/** Explains a MAC, in normal form. */
export function explainMac(text: string, facts: Facts, world: World): Explanation {
  const mac = parseMacAddress(text)!;
  const about = formatMacAddress(mac);
  const owners = facts.vmnetcfgs.filter((each) => specNicsOf(each).some((nic) => nic.mac === mac));
  const found = askAll(MAC_QUESTIONS, { subject: { mac, facts, owners }, about }, world);
  const asked = owners.map((owner) =>
    askVm(owner, {
      facts,
      world,
      isWanted: ({ config }) => parseMacAddress(config.macAddress) === mac,
    })
  );
  return explanationOf(about, [...found, ...asked.flatMap(({ checks }) => checks)], {
    wellSays: `${about} is a MAC of ${owners.map(({ object }) => keyOf(object)).join(", ")}: ${
      asked.map((each) => sayWell(each, world)).join("; ")
    }`,
    headOf: (decisive) => {
      const whose = asked.find(({ checks }) => checks.includes(decisive));
      return whose && headOfNic(whose, decisive);
    },
  });
}

function findOwner({ mac, facts, owners }: MacSubject, world: World): Finding {
  const text = formatMacAddress(mac);
  if (owners.length > 0) {
    return well(`${text} is named by ${owners.map(({ object }) => keyOf(object)).join(", ")}`);
  }
  const bound = facts.pools.flatMap(({ key, record }) => {
    const address = record.addresses.get(mac);
    return address === undefined
      ? []
      : [`the pool ${key} binds ${formatIpv4Address(address)} to it`];
  });
  const place = placeOf(text, facts, world);
  const cure = "name it in spec.networkConfigs of a VirtualMachineNetworkConfig";
  if (place !== undefined) return wrong([place, ...bound].join("; "), cure);
  const why = silenceIn(world);
  const says = [`no object names ${text}`, ...bound].join("; ");
  return why === undefined || bound.length > 0
    ? wrong(`${says}, and it has not asked where a pool serves`, cure)
    : unread(`${says}; whether it asks is not known: ${why}`);
}

/** Where the machine asks, and since when; `undefined` when it was not seen. */
function placeOf(text: string, facts: Facts, { agents, nowMs }: World): string | undefined {
  for (const { key, network } of facts.pools) {
    if (network === undefined) continue;
    const seen = strangersOf(agents.get(key) ?? [], facts.network(network))
      .find(({ macAddress }) => macAddress === text);
    if (seen === undefined) continue;
    const { firstSeen, lastSeen, count } = seen;
    const span = spanOf(nowMs - Date.parse(firstSeen));
    return `${text} has asked on ${network} for ${span} (${count} times, the last one ` +
      `${agoOf(lastSeen, nowMs)}), and no object names it`;
  }
  return undefined;
}

/** Why some agent could not be asked; `undefined` when all answered. */
function silenceIn({ agents }: World): string | undefined {
  return [...agents.values()].flat().flatMap(({ unknown }) => unknown.ok ? [] : [unknown.why])[0];
}
