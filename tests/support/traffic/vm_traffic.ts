/** VMs that come, change and go, as a seed has it. */

import { isStatus } from "../../../lib/kube/contract.ts";
import { macOf, type Nic } from "../controller/controller_objects.ts";
import type { ControllerWorld } from "../controller/controller_world.ts";
import { ROOMY, TIGHT } from "./traffic_pools.ts";
import type { VmKind } from "./vm_kinds.ts";

/** Users at work at the same time. */
const USERS = 4;

/** Users rest between their steps, so that most VMs are served before they change or go. */
const REST_MS_MAX = 150;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Users of a namespace. Each VM has one user at a time. */
export class VmTraffic {
  readonly #kind: VmKind;
  readonly #world: ControllerWorld;
  readonly #random: () => number;
  readonly #countMax: number;
  readonly #vms = new Map<string, Nic[]>();
  readonly #busy = new Set<string>();
  #made = 0;
  #macs = 0;
  /** What was done so far, by kind. */
  readonly tally: Record<string, number> = {};

  /** @param countMax The VMs that there are at most. */
  constructor(kind: VmKind, world: ControllerWorld, random: () => number, countMax: number) {
    this.#kind = kind;
    this.#world = world;
    this.#random = random;
    this.#countMax = countMax;
  }

  /** By name of each VM, the MACs of its NICs. */
  get wishes(): ReadonlyMap<string, string> {
    return new Map(
      [...this.#vms].map(([name, nics]) => [name, nics.map((nic) => nic.macAddress).join(" ")]),
    );
  }

  /** Makes VMs up to the limit. */
  async fill(): Promise<void> {
    while (this.#vms.size < this.#countMax) {
      await Promise.all(Array.from({ length: 2 * USERS }, () => this.#make()));
    }
  }

  /** Works until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: USERS }, async () => {
      while (!signal.aborted) {
        await this.#step();
        await pause(this.#random() * REST_MS_MAX);
      }
    }));
  }

  async #step(): Promise<void> {
    const idle = [...this.#vms.keys()].filter((name) => !this.#busy.has(name));
    const draw = this.#random();
    // Mostly as many as the limit, with ebbs.
    if (idle.length === 0 || (this.#vms.size < this.#countMax && draw < 0.55)) {
      return await this.#make();
    }
    const name = idle[Math.floor(this.#random() * idle.length)]!;
    this.#busy.add(name);
    try {
      await (draw < 0.85 ? this.#delete(name) : this.#change(name));
    } finally {
      this.#busy.delete(name);
    }
  }

  async #make(): Promise<void> {
    const name = `vm-${++this.#made}`;
    const nics = Array.from({ length: this.#random() < 0.3 ? 2 : 1 }, () => this.#nic());
    this.#vms.set(name, nics);
    this.#busy.add(name);
    await this.#kind.create(this.#world, name, nics);
    this.#busy.delete(name);
    this.#count("made");
  }

  async #delete(name: string): Promise<void> {
    await this.#world.delete(this.#kind.type, name);
    if (this.#random() < 0.1 && await this.#makeAgain(name)) return this.#count("made again");
    this.#vms.delete(name);
    this.#count("deleted");
  }

  /** Makes a VM of the same name at once, with other NICs, unless the old one is still there. */
  async #makeAgain(name: string): Promise<boolean> {
    const nics = [this.#nic()];
    try {
      await this.#kind.create(this.#world, name, nics);
      this.#vms.set(name, nics);
      return true;
    } catch (error) {
      if (isStatus(error, 409)) return false;
      throw error;
    }
  }

  async #change(name: string): Promise<void> {
    const draw = this.#random();
    if (draw < 0.2 && this.#kind.togglePause !== undefined) {
      await this.#kind.togglePause(this.#world, name);
      return this.#count("paused or resumed");
    }
    const nics = this.#changed(this.#vms.get(name)!, draw);
    // The API server gives up on a patch when others write the object again and again.
    for (;;) {
      try {
        await this.#world.patch(this.#kind.type, name, this.#kind.patchOf(nics));
        break;
      } catch (error) {
        if (!isStatus(error, 409)) throw error;
      }
    }
    this.#vms.set(name, nics);
    this.#count("NICs changed");
  }

  #changed(nics: readonly Nic[], draw: number): Nic[] {
    if (draw < 0.4) return [...nics.slice(-1), this.#nic()];
    const [first, ...rest] = nics as [Nic, ...Nic[]];
    if (draw < 0.6) return [{ ...first, macAddress: this.#mac() }, ...rest];
    if (draw < 0.8) return [this.#nic()];
    const { ipAddress: _, ...any } = first;
    return [first.networkName === ROOMY ? { ...any, ipAddress: this.#address() } : any, ...rest];
  }

  #nic(): Nic {
    const networkName = this.#random() < 0.15 ? TIGHT : ROOMY;
    const nic = { macAddress: this.#mac(), networkName };
    return networkName === ROOMY && this.#random() < 0.1
      ? { ...nic, ipAddress: this.#address() }
      : nic;
  }

  #mac(): string {
    const mac = macOf(++this.#macs);
    return this.#random() < 0.1 ? mac.toUpperCase() : mac;
  }

  /** One of the addresses that users choose from; two may choose the same. */
  #address(): string {
    return `10.48.4.${1 + Math.floor(this.#random() * 100)}`;
  }

  #count(what: string): void {
    this.tally[what] = (this.tally[what] ?? 0) + 1;
  }
}
