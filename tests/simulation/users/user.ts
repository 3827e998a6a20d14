/** The hands of the users of a world: what they see at once, and write without asking twice. */

import { isJsonObject, type JsonObject, objectAt } from "../../../lib/base/json.ts";
import {
  apiVersionOf,
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import { type KubeObject, namespacedNameOf, type ResourceType } from "../../../lib/api/meta.ts";
import { isStatus } from "../../../lib/kube/contract.ts";
import type { World } from "../world/world.ts";

/** A NIC as users write it. */
export interface Nic extends JsonObject {
  networkName: string;
  macAddress: string;
  ipAddress?: string;
}

const NAMESPACES = ["default", "tenant"] as const;

/** Draws what users do, and does it. */
export class User {
  readonly chance: () => number;

  constructor(readonly world: World) {
    this.chance = world.chance("users");
  }

  /** True that often. */
  sometimes(rate: number): boolean {
    return this.chance() < rate;
  }

  upTo(count: number): number {
    return Math.floor(this.chance() * count);
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.upTo(list.length)];
  }

  get configs(): readonly KubeObject[] {
    return this.world.api.list(VIRTUAL_MACHINE_NETWORK_CONFIGS);
  }

  get pools(): readonly KubeObject[] {
    return this.world.api.list(IPPOOLS);
  }

  get networks(): readonly KubeObject[] {
    return this.world.api.list(NETWORK_ATTACHMENT_DEFINITIONS);
  }

  /** One of the networks that this world may have. */
  networkNumber(): number {
    return this.upTo(this.world.scenario.networks);
  }

  networkName(number: number): string {
    return `default/net-${"abc"[number]}`;
  }

  address(network: number, last: number): string {
    return `10.0.${network}.${last}`;
  }

  /** An address around the range of a network's pools. */
  anyAddress(network: number): string {
    return this.address(network, 9 + this.upTo(this.world.scenario.poolSize + 3));
  }

  mac(): string {
    return `52:54:00:00:00:${
      (this.upTo(this.world.scenario.macs) + 1).toString(16).padStart(2, "0")
    }`;
  }

  namespace(): string {
    return this.sometimes(0.7) ? NAMESPACES[0] : NAMESPACES[1];
  }

  vmName(): string {
    return `vm-${this.upTo(this.world.scenario.vms) + 1}`;
  }

  nic(): Nic {
    const network = this.networkNumber();
    return {
      networkName: this.networkName(network),
      macAddress: this.mac(),
      ...(this.sometimes(0.15) ? { ipAddress: this.anyAddress(network) } : {}),
    };
  }

  nics(): readonly Nic[] {
    return Array.from({ length: this.sometimes(0.7) ? 1 : 1 + this.upTo(3) }, () => this.nic());
  }

  /** Creates an object. @returns Whether there was none of its name. */
  create(type: ResourceType, object: Omit<KubeObject, "apiVersion" | "kind">): boolean {
    const { api } = this.world;
    const whole = { apiVersion: apiVersionOf(type), kind: type.kind, ...object } as KubeObject;
    return this.#try(() => void api.create({ type, by: "user" }, whole));
  }

  /** Writes fields of a specification or of metadata. */
  patch(type: ResourceType, object: KubeObject, patch: JsonObject): boolean {
    const { api } = this.world;
    const name = namespacedNameOf(object);
    return this.#try(() => void api.mergePatch({ type, by: "user" }, name, patch));
  }

  patchStatus(type: ResourceType, object: KubeObject, status: JsonObject): boolean {
    const { api } = this.world;
    const request = { type, by: "admin", subresource: "status" } as const;
    const name = namespacedNameOf(object);
    return this.#try(() => void api.mergePatch(request, name, { status }));
  }

  delete(type: ResourceType, object: KubeObject): boolean {
    const { api } = this.world;
    return this.#try(() => api.delete({ type, by: "user" }, namespacedNameOf(object)));
  }

  /** Does something a moment later. */
  later(ms: number, run: () => void): void {
    this.world.clock.after(this.chance() * ms, run);
  }

  /** What users are refused they leave. */
  #try(write: () => void): boolean {
    try {
      write();
      return true;
    } catch (error) {
      if (isStatus(error, 404, 409, 422)) return false;
      throw error;
    }
  }
}

/** The NICs of an object, for users who edit one of them. */
export function nicsOf(object: KubeObject): Nic[] {
  const { networkConfigs } = objectAt(object, "spec");
  const list: readonly unknown[] = Array.isArray(networkConfigs) ? networkConfigs : [];
  return list.filter(isJsonObject).map((nic) => ({ ...nic }) as Nic);
}
