/** The kernel's own DHCP port of one interface, held while the kernel owns the server's address. */

import type { Logger } from "../observe/logger.ts";
import { type Closable, ErrnoError, type Network } from "../sys/contract.ts";

const SERVER_PORT = 67;

/** Holds the port or not. */
export class PortHold {
  readonly #network: Network;
  readonly #interfaceName: string;
  readonly #log: Logger;
  #held: Closable | undefined;
  #refused = false;

  constructor(network: Network, interfaceName: string, log: Logger) {
    this.#network = network;
    this.#interfaceName = interfaceName;
    this.#log = log;
  }

  /** Takes the port if it is wanted and not held, gives it back if it is held and not wanted. */
  set(wanted: boolean): void {
    if (!wanted) {
      this.#held?.close();
      this.#held = undefined;
    } else if (this.#held === undefined) {
      this.#take();
    }
  }

  #take(): void {
    try {
      this.#held = this.#network.holdUdpPort(this.#interfaceName, SERVER_PORT);
      this.#refused = false;
    } catch (error) {
      if (!(error instanceof ErrnoError)) throw error;
      // Serving works without; only the kernel may refuse renewals on its own.
      if (!this.#refused) {
        this.#log.log("warn", "cannot hold the DHCP port; is another DHCP server running?", {
          error,
        });
      }
      this.#refused = true;
    }
  }
}
