/** Several controllers in processes of their own, of which one leads; those that end are replaced. */

import type { NamespacedName } from "../../lib/api/meta.ts";
import { LEASES } from "../../lib/api/resources.ts";
import { isStatus, type KubeClient } from "../../lib/kube/contract.ts";
import { leaseRecordOf } from "../../lib/kube/election/lease_record.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { freePort } from "../support/network/free_port.ts";
import { ControllerProcess } from "../support/process/controller_process.ts";

/** Long enough for a busy machine; a leader that is too slow all the same ends, and is replaced. */
const FLAGS = [
  "--leader-elect-lease-duration=10s",
  "--leader-elect-renew-deadline=8s",
  "--leader-elect-retry-period=500ms",
];
const LEASE: NamespacedName = { namespace: "kube-system", name: "vm-dhcp-controllers" };
const GUARD_MS = 100;
const LEAD_MS_MAX = 60_000;

/** Replicas; disposing kills them. */
export class ControllerReplicas implements AsyncDisposable {
  readonly #client: KubeClient;
  readonly #kubeconfig: string;
  #replicas: ControllerProcess[];
  readonly #guard: ReturnType<typeof setInterval>;
  #killed = 0;
  #replaced = 0;

  /** @param flags Flags besides those of the election. */
  constructor(
    client: KubeClient,
    kubeconfig: string,
    count: number,
    readonly flags: readonly string[] = [],
  ) {
    this.#client = client;
    this.#kubeconfig = kubeconfig;
    this.#replicas = Array.from({ length: count }, () => this.#start());
    this.#guard = setInterval(() => this.#replaceEnded(), GUARD_MS);
  }

  /** Resolves with the replica that leads. */
  leader(): Promise<ControllerProcess> {
    return waitUntil(async () => {
      const holder = await this.#holder();
      return this.#replicas.find(({ log, hasEnded }) =>
        !hasEnded && log.entries("became leader").some(({ identity }) => identity === holder)
      );
    }, {
      what: "a replica to lead",
      limitMs: LEAD_MS_MAX,
      explain: () => this.lastWords(),
    });
  }

  /** The last lines of their logs. */
  lastWords(): string {
    return this.#replicas.map(({ log }) => log.tail(10)).join("\n\n");
  }

  /** Takes the lease from whatever held it, which must be dead, so that others need not wait. */
  async clearLease(): Promise<void> {
    await this.#client.mergePatch(LEASES, LEASE, { spec: { holderIdentity: "" } });
  }

  /** Kills replicas and starts others in their place. */
  async kill(victims: readonly ControllerProcess[]): Promise<void> {
    this.#killed += victims.filter(({ hasEnded }) => !hasEnded).length;
    for (const victim of victims) victim.signal("SIGKILL");
    await Promise.all(victims.map((victim) => victim.ended()));
    this.#replaceEnded();
  }

  /** Replicas that ended by themselves, such as a leader that could not renew its lease in time. */
  get lost(): number {
    return this.#replaced - this.#killed;
  }

  get all(): readonly ControllerProcess[] {
    return this.#replicas;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#guard);
    await Promise.all(this.#replicas.map((replica) => replica[Symbol.asyncDispose]()));
  }

  #replaceEnded(): void {
    this.#replaced += this.#replicas.filter(({ hasEnded }) => hasEnded).length;
    this.#replicas = this.#replicas.map((replica) => replica.hasEnded ? this.#start() : replica);
  }

  #start(): ControllerProcess {
    return new ControllerProcess(this.#kubeconfig, freePort(), [...FLAGS, ...this.flags]);
  }

  async #holder(): Promise<string> {
    try {
      return leaseRecordOf(await this.#client.get(LEASES, LEASE)).holderIdentity;
    } catch (error) {
      if (isStatus(error, 404)) return "";
      throw error;
    }
  }
}
