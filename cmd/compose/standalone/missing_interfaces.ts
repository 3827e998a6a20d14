/** Interfaces of VM networks that do not exist. */

import type { Logger } from "../../../lib/observe/logger.ts";
import type { Network } from "../../../lib/sys/contract.ts";

/** What tells whether an interface is missing, and whether somebody else says so. */
export interface InterfaceSources {
  /** By `namespace/name` of the VM network. */
  readonly interfaces: { entries(): Iterable<readonly [vmNetwork: string, interfaceName: string]> };
  readonly network: Pick<Network, "inspect">;
  readonly agents: { uses(interfaceName: string): boolean };
}

/** Those that no pool needs yet, as sentences: of the others, their agents tell. */
export function missingInterfaces(sources: InterfaceSources): readonly string[] {
  const { interfaces, network, agents } = sources;
  return [...interfaces.entries()].filter(([, name]) =>
    !agents.uses(name) && !isThere(network, name)
  )
    .map(([vmNetwork, name]) =>
      `interface ${name} of VM network ${vmNetwork} does not exist; it is served once it does ` +
      "(check --nic, or the annotation of the network)"
    );
}

/** Warns of each. */
export function warnOfMissing(sources: InterfaceSources, log: Logger): void {
  for (const message of missingInterfaces(sources)) {
    log.log("warn", "the interface of a VM network does not exist", { message });
  }
}

/** One that the kernel does not tell of now may be there; its agent will say why. */
function isThere(network: InterfaceSources["network"], interfaceName: string): boolean {
  try {
    return network.inspect(interfaceName) !== undefined;
  } catch {
    return true;
  }
}
