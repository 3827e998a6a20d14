/** The key question: has the client of a NIC asked at all, and what became of that? */

import { joinSome } from "../../base/sentences.ts";
import type { Finding, LastAsked, World } from "../contract.ts";
import { agoOf, spanOf } from "../ago.ts";
import { unread, well, wrong } from "../findings.ts";
import type { Nic } from "../nic.ts";
import { lastAskedOf, silenceOf, strangersOf } from "./agents.ts";

/** A machine that has been silent for longer is probably not the one that is looked for. */
const STRANGER_MS_MAX = 15 * 60_000;
const STRANGERS_SHOWN_MAX = 3;

/** A client that has an OFFER comes back within a few seconds. */
const OFFER_MS_MAX = 30_000;

/** Whether the client of a NIC has asked an agent. */
export function findRequest(nic: Nic, world: World): Finding {
  const { config: { macAddress, networkName }, agents } = nic;
  const asked = lastAskedOf(macAddress, agents);
  if (asked !== undefined) {
    return well(`${macAddress} last asked ${agoOf(asked.time, world.nowMs)} (${asked.type})`);
  }
  const open = agents.find(({ leases }) =>
    !leases.ok || leases.value.get(macAddress)?.lastAsked === undefined
  );
  if (open !== undefined) {
    return unread(open.leases.ok ? `agent ${open.name} does not say who asked` : open.leases.why);
  }
  const young = youngestOf(nic, world);
  const since = young === undefined ? "since the agents started" : `for ${spanOf(young)}`;
  const says = `${macAddress} has not asked on ${networkName} ${since}`;
  const [stranger, ...others] = recentStrangersOf(nic, world);
  if (stranger !== undefined) {
    const names = [stranger, ...others].map(({ macAddress, firstSeen }) =>
      `${macAddress} has asked there for ${spanOf(world.nowMs - Date.parse(firstSeen))}`
    );
    const asks = others.length === 0
      ? `${names[0]}, and no object names it; is it this VM's?`
      : `${joinSome(names, ", ", STRANGERS_SHOWN_MAX)}, and no object names them; is one of ` +
        "them this VM's?";
    return wrong(`${says}, but ${asks}`, `if so, name it in ${nic.owner} instead of ${macAddress}`);
  }
  // Half of the lease passes before a client asks again (RFC 2131 section 4.4.5, T1).
  const renewalMs = leaseSecondsOf(nic) * 1000 / 2;
  const isOlder = young !== undefined && world.nowMs - Date.parse(nic.createdAt) > young;
  if (isOlder && young < renewalMs) {
    return unread(
      `${says}, which is as long as its agents have run; a client that had the address before ` +
        `need not ask for ${spanOf(renewalMs)}`,
    );
  }
  return wrong(
    says,
    `start the VM and its DHCP client, and see that its network interface has this MAC and is on ` +
      networkName,
  );
}

/**
 * For how long all of the agents have run; `undefined` when that is not known. A client renews its lease by
 * unicast, which only one of them sees.
 */
function youngestOf({ agents }: Nic, { nowMs }: World): number | undefined {
  const spans = agents.map(({ startedAt }) => nowMs - Date.parse(startedAt ?? ""));
  const youngest = Math.min(...spans);
  return Number.isNaN(youngest) ? undefined : youngest;
}

function recentStrangersOf({ agents, network }: Nic, { nowMs }: World) {
  return strangersOf(agents, network)
    .filter(({ lastSeen }) => nowMs - Date.parse(lastSeen) < STRANGER_MS_MAX);
}

/** Whether the agents that answered have the NIC with its address. */
export function findLease({ config: { macAddress }, address, agents }: Nic): Finding {
  const silence = silenceOf(agents);
  if (silence !== undefined) return unread(silence);
  const other = agents.find(({ leases }) =>
    leases.ok && leases.value.get(macAddress)?.address !== address
  );
  if (other === undefined) return well(`the agents answer ${macAddress} with ${address}`);
  return wrong(
    `agent ${other.name} does not answer ${macAddress} with ${address} yet`,
    "ask again in a moment; if that lasts, look at the log of the agent",
  );
}

/** Whether a client has not asked for so long that it has no lease any more. */
export function hasLapsed(nic: Nic, { time }: LastAsked, nowMs: number): boolean {
  return nowMs - Date.parse(time) > leaseSecondsOf(nic) * 1000;
}

function leaseSecondsOf({ pool }: Nic): number {
  return pool?.addresses.ok === true ? pool.addresses.value.settings.leaseSeconds : 0;
}

/** Whether the last request of the client came to a good end. */
export function findAnswer(nic: Nic, { nowMs }: World): Finding | undefined {
  const asked = lastAskedOf(nic.config.macAddress, nic.agents);
  if (asked === undefined) return undefined;
  const ago = agoOf(asked.time, nowMs);
  const ageMs = nowMs - Date.parse(asked.time);
  switch (asked.outcome) {
    case "ack":
    case "informAck":
      if (!hasLapsed(nic, asked, nowMs)) return well(`it was answered ${ago}`);
      return well(
        `it was answered ${ago}, and its lease of ${
          leaseSecondsOf(nic)
        } s has run out since: the ` +
          "VM is off, or its requests do not arrive any more",
      );
    case "released":
      return well(`it released its address ${ago}, as a VM does when it shuts down`);
    case "offer":
      if (ageMs < OFFER_MS_MAX) return well(`it was offered its address ${ago}`);
      return wrong(
        `it was offered its address ${ago}, and has not requested it since`,
        "look for another DHCP server, and for a firewall between the agent and the VM",
      );
    default:
      return refusalOf(asked, ago, nic);
  }
}

function refusalOf({ outcome, type }: LastAsked, ago: string, { address }: Nic): Finding {
  switch (outcome) {
    case "otherServer":
      return wrong(
        `${ago}, it chose the offer of another DHCP server`,
        "stop that server on the VM network",
      );
    case "declined":
      return wrong(
        `${ago}, it declined ${address}, which another host uses`,
        `find that host (arping ${address}) and give it another address`,
      );
    case "nak":
      return wrong(
        `${ago}, it asked for an address that it does not have, and was refused (NAK)`,
        "restart its DHCP client, if that does not begin anew by itself",
      );
    default:
      return wrong(
        `${ago}, its ${type} was not answered (${outcome})`,
        "look the word up in docs/answers.md",
      );
  }
}
