/** An interface on which nothing is heard and nothing is said, for an agent that only follows its pool. */

import { macAddressFromBytes } from "../../net/mac_address.ts";
import type { Network, NetworkInterface, PacketPort } from "../contract.ts";

/** Every interface is there, and needs no right. */
export function createDryNetwork(): Network {
  return {
    inspect: describe,
    changes: () => 0,
    requirePacketSockets: () => {},
    openPacketPort: (interfaceName) => Promise.resolve(new DryPort(interfaceName)),
    reopenPacketPort: ({ interfaceName }) => new DryPort(interfaceName),
    holdUdpPort: () => ({ close: () => {} }),
  };
}

function describe(name: string): NetworkInterface {
  return {
    name,
    index: 0,
    macAddress: macAddressFromBytes(new Uint8Array(6)),
    mtuBytes: 1500,
    up: true,
    ipv4Addresses: [],
  };
}

class DryPort implements PacketPort {
  readonly interfaceIndex = 0;
  readonly macAddress;
  readonly mtuBytes;
  readonly hasFrame = false;
  readonly isCrowded = false;
  #isClosed = false;
  #wake = () => {};

  constructor(readonly interfaceName: string) {
    ({ macAddress: this.macAddress, mtuBytes: this.mtuBytes } = describe(interfaceName));
  }

  async wait(timeoutMs?: number): Promise<boolean> {
    if (this.#isClosed) return false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (timeoutMs !== undefined) timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
    return false;
  }

  drain(): number {
    return 0;
  }

  send(): void {}

  flush(): readonly [] {
    return [];
  }

  takeLostFrames(): { readonly overrun: 0; readonly tooLong: 0 } {
    return { overrun: 0, tooLong: 0 };
  }

  stampMs(): number {
    return Date.now();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    return Promise.resolve();
  }
}
