/** Machines on the VM network, each with a real DHCP client, and what they notice. */

import assert from "node:assert/strict";
import type { KubeApi } from "../support/apiserver/kube_api.ts";
import { WireClient } from "../support/dhcp/wire_client.ts";
import { WIRE_CLIENTS, type WireClientName } from "../support/dhcp/wire_client_programs.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { addVm } from "../support/network/vm_network.ts";
import type { NodeCluster } from "../support/nodes/node_cluster.ts";
import { type Exchange, exchangesOf, Overhearing } from "./exchanges.ts";

/** The shortest that leaves each client time to rebind when its renewals get lost. */
export const LEASE_SECONDS = 24;

/** Until the last client has renewed once more, even if it has to lose its lease before. */
const RENEWAL_MS_MAX = 60_000;

/**
 * These two ask again after four seconds or more (RFC 2131, 4.1), and not as often as their other tests have it:
 * udhcpc gives its address up when it has asked three times in vain.
 */
const PACES = {
  dhclient: { config: "initial-interval 4;\nbackoff-cutoff 8;\n", words: [] },
  udhcpc: { config: "", words: ["-T", "4"] },
};

/** Until a client that nobody could answer has asked again. */
const ASK_AGAIN_MS_MAX = 12_000;

const HOLDS_MS_MAX = 60_000;

/** All clients. */
export const CLIENTS = Object.keys(WIRE_CLIENTS) as readonly WireClientName[];

/** A machine with its client, and the address that it was given. */
export interface Machine {
  readonly client: WireClient;
  readonly mac: string;
  readonly address: string;
}

/** Machines with a lease of {@link LEASE_SECONDS}. */
export class Machines implements AsyncDisposable {
  readonly #list: Machine[] = [];

  constructor(readonly cluster: Pick<NodeCluster, "vmNetwork" | "folder">) {}

  get list(): readonly Machine[] {
    return this.#list;
  }

  /** Plugs in machines with each kind of client, and declares a VM for each. They are still off. */
  async plugIn(kube: KubeApi, perClient: number): Promise<void> {
    for (const [kind, name] of CLIENTS.entries()) {
      for (let i = 0; i < perClient; i++) {
        const mac = `52:54:00:e2:0${kind}:0${i}`;
        const { vmNetwork: bridge, folder } = this.cluster;
        const { config } = paceOf(name);
        const client = await WireClient.create(name, { bridge, mac, folder, config });
        const vm = `${name.replaceAll(".", "-")}-${i}`;
        this.#list.push({ client, mac, address: await addVm(kube, vm, mac) });
      }
    }
  }

  /** Switches all on, and waits until each has its address. */
  async boot(): Promise<void> {
    for (const { client } of this.#list) client.boot(...paceOf(client.name).words);
    await this.holdTheirAddresses();
  }

  /**
   * Lets something happen while all clients renew, and each of them at least once.
   *
   * @param act Resolves with how long nobody could answer, if there was such a time: clients ask
   * again until it is over.
   * @throws {AssertionError} when an exchange failed or took more than one retransmission, or somebody lost
   * an address.
   */
  async undisturbed(act: (wire: Overhearing) => Promise<number | void>): Promise<void> {
    await using wire = await Overhearing.start(this.cluster.vmNetwork.name);
    const startMs = Date.now();
    const silenceMs = await act(wire) ?? 0;
    await this.allRenew(wire, startMs);
    const failures = exchangesOf(wire.messages()).filter((each) => failed(each, silenceMs));
    assert.deepEqual(failures.map(describe), [], "no exchange fails");
    await this.holdTheirAddresses();
  }

  /** Waits until each client has renewed its lease since then, and none waits for an answer. */
  async allRenew(wire: Overhearing, sinceMs = Date.now()): Promise<void> {
    const waiting = () => {
      const exchanges = exchangesOf(wire.messages());
      const renewed = exchanges.filter(({ firstMs, answer }) =>
        answer?.type === "ACK" && firstMs >= sinceMs
      );
      const macs = new Set(renewed.map(({ client }) => client));
      const open = exchanges.filter(({ answer }) => answer === undefined);
      return [
        ...this.#list.filter(({ mac }) => !macs.has(mac)).map(({ mac }) => mac),
        ...open.map(describe),
      ];
    };
    await waitUntil(() => waiting().length === 0 || undefined, {
      what: "all clients to renew",
      limitMs: RENEWAL_MS_MAX,
      explain: () => waiting().join("\n"),
    });
  }

  async holdTheirAddresses(): Promise<void> {
    await Promise.all(this.#list.map(({ client, address }) => client.holds(address, HOLDS_MS_MAX)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#list.map(({ client }) => client[Symbol.asyncDispose]()));
  }
}

function paceOf(name: WireClientName): { readonly config: string; readonly words: string[] } {
  return name === "dhclient" || name === "udhcpc" ? PACES[name] : { config: "", words: [] };
}

/** Whether a client got no answer, a wrong one, or had to ask more than twice. */
function failed(
  { question, transmissions, firstMs, answer }: Exchange,
  silenceMs: number,
): boolean {
  if (question === "DISCOVER" || answer?.type !== "ACK") return true;
  if (transmissions <= 2) return false;
  return silenceMs === 0 || answer.atMs - firstMs > silenceMs + ASK_AGAIN_MS_MAX;
}

function describe({ client, question, transmissions, firstMs, answer }: Exchange): string {
  const after = answer === undefined ? "" : ` after ${(answer.atMs - firstMs).toFixed(0)} ms`;
  return `${question} of ${client}, ${transmissions} times: ${answer?.type ?? "no answer"}${after}`;
}
