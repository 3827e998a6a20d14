/** Holds the kernel's DHCP port of an interface while the kernel owns the server's address. */

import type { Logger } from "../observe/logger.ts";
import { type Closable, ErrnoError, type Network } from "../sys/contract.ts";

const SERVER_PORT = 67;

/** The port, held or not. */
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

  /** Takes the port when it is wanted, gives it back when it is not. */
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
      // Serving works without it, except that the kernel may refuse renewals on its own.
      if (!this.#refused) {
        this.#log.log("warn", "cannot hold the DHCP port; is another DHCP server running?", {
          error,
        });
      }
      this.#refused = true;
    }
  }
}
