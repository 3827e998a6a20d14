/**
 * Which interface of this host carries which VM network: what the process was told at its start, and for
 * other networks what they say themselves, for as long as they are there.
 */

import { showValue } from "../../api/field_reader.ts";
import type { Observed } from "../../api/meta.ts";
import {
  INTERFACE_ANNOTATION,
  isInterfaceName,
  type NetworkAttachmentDefinition,
} from "../../api/network_attachment_definition.ts";
import type { Informer } from "../../kube/contract.ts";
import type { Logger } from "../../observe/logger.ts";

type Networks = Informer<Observed<NetworkAttachmentDefinition>>;

export interface NetworkInterfacesOptions {
  /** Interface by `namespace/name` of the network; wins over what the network says. */
  readonly fixed: ReadonlyMap<string, string>;
  readonly networks: Networks;
  readonly log: Logger;
}

/** The interfaces of all networks. Make it before the networks' informer runs. */
export class NetworkInterfaces {
  readonly #fixed: ReadonlyMap<string, string>;
  readonly #networks: Networks;
  readonly #log: Logger;
  /** Of the networks that say one. */
  readonly #annotated = new Map<string, string>();
  readonly #listeners: ((network: string) => void)[] = [];

  constructor({ fixed, networks, log }: NetworkInterfacesOptions) {
    this.#fixed = fixed;
    this.#networks = networks;
    this.#log = log;
    networks.onChange((key, before, after) => this.#follow(key, before, after));
  }

  /** Whether networks have been read. */
  get synced(): boolean {
    return this.#networks.synced;
  }

  /** How many networks have an interface. */
  get size(): number {
    return this.entries().length;
  }

  /** Calls back with a network when its interface, or the reason for there being none, changes. */
  onChange(listener: (network: string) => void): void {
    this.#listeners.push(listener);
  }

  get(network: string): string | undefined {
    return this.#fixed.get(network) ?? this.#annotated.get(network);
  }

  /** All networks with their interfaces. */
  entries(): readonly (readonly [network: string, interfaceName: string])[] {
    return [...new Map([...this.#annotated, ...this.#fixed])];
  }

  /** Why a network has no interface, as the end of a sentence; then what to do. */
  lackOf(network: string | undefined): string {
    const observed = network === undefined ? undefined : this.#networks.get(network);
    const text = observed && annotationOf(observed);
    return text === undefined
      ? `no --nic and no annotation ${INTERFACE_ANNOTATION} names an interface for VM network ` +
        `${network ?? "of this pool"}; annotate that network, or start with --nic`
      : `annotation ${INTERFACE_ANNOTATION} of VM network ${network} is ${showValue(text)}, ` +
        "which is no name of a network interface (1 to 15 characters); correct it";
  }

  #follow(
    network: string,
    before: Observed<NetworkAttachmentDefinition> | undefined,
    after: Observed<NetworkAttachmentDefinition> | undefined,
  ): void {
    const text = after && annotationOf(after);
    if (text === (before && annotationOf(before))) return;
    const interfaceName = text !== undefined && isInterfaceName(text) ? text : undefined;
    if (interfaceName === undefined) this.#annotated.delete(network);
    else this.#annotated.set(network, interfaceName);
    this.#tell(network, text);
    for (const listener of this.#listeners) listener(network);
  }

  #tell(network: string, text: string | undefined): void {
    const fixed = this.#fixed.get(network);
    if (fixed !== undefined) {
      if (text === undefined || text === fixed) return;
      this.#log.log("warn", "annotation is not used: --nic names an interface for the VM network", {
        network,
        interface: fixed,
        annotation: text,
      });
    } else if (this.#annotated.has(network)) {
      this.#log.log("info", "VM network has an interface", { network, interface: text });
    } else if (text === undefined) {
      this.#log.log("info", "VM network has no interface any more", { network });
    } else {
      this.#log.log("warn", "VM network has no interface", {
        network,
        reason: this.lackOf(network),
      });
    }
  }
}

/** What a network says; `undefined` when it says nothing. */
function annotationOf({ object }: Observed<NetworkAttachmentDefinition>): string | undefined {
  const text: unknown = object.metadata.annotations?.[INTERFACE_ANNOTATION];
  return typeof text === "string" && text !== "" ? text : undefined;
}
