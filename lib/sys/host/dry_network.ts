/** Interfaces on which nothing is said, for an agent that only shows what it would do. */

import type { ReceivedFrame } from "../../net/ethernet.ts";
import { macAddressFromBytes } from "../../net/mac_address.ts";
import type { LostFrames, Network, NetworkInterface, PacketPort } from "../contract.ts";

/**
 * A network on which frames are received and none is sent. Where the interface is missing, or may not be
 * listened to, nothing is received either.
 *
 * @param interfaceName The interface that will be opened, looked for once.
 */
export function createDryNetwork(network: Network, interfaceName: string): Network {
  return canReceive(network, interfaceName) ? receivingOnly(network) : SILENT;
}

function canReceive(network: Network, interfaceName: string): boolean {
  try {
    network.requirePacketSockets();
    return network.inspect(interfaceName) !== undefined;
  } catch {
    return false;
  }
}

function receivingOnly(network: Network): Network {
  return {
    inspect: (interfaceName) => network.inspect(interfaceName),
    changes: (interfaceIndex) => network.changes(interfaceIndex),
    requirePacketSockets: () => network.requirePacketSockets(),
    openPacketPort: async (interfaceName) =>
      new MutePort(await network.openPacketPort(interfaceName)),
    reopenPacketPort: (previous) => {
      if (!(previous instanceof MutePort)) throw new TypeError("The port is not of this network");
      return new MutePort(network.reopenPacketPort(previous.port));
    },
    // A server that does answer may hold it.
    holdUdpPort: () => ({ close: () => {} }),
  };
}

/** A port that forgets what is to be sent. */
class MutePort implements PacketPort {
  constructor(readonly port: PacketPort) {}

  get interfaceName() {
    return this.port.interfaceName;
  }

  get interfaceIndex() {
    return this.port.interfaceIndex;
  }

  get macAddress() {
    return this.port.macAddress;
  }

  get mtuBytes() {
    return this.port.mtuBytes;
  }

  get hasFrame() {
    return this.port.hasFrame;
  }

  get isCrowded() {
    return this.port.isCrowded;
  }

  wait(timeoutMs?: number): Promise<boolean> {
    return this.port.wait(timeoutMs);
  }

  drain(framesMax: number, onFrame: (frame: ReceivedFrame) => void): number {
    return this.port.drain(framesMax, onFrame);
  }

  send(): void {}

  flush(): readonly [] {
    return [];
  }

  takeLostFrames(): LostFrames {
    return this.port.takeLostFrames();
  }

  stampMs(): number {
    return this.port.stampMs();
  }

  close(): Promise<void> {
    return this.port.close();
  }
}

/** Every interface is there, and needs no right. */
const SILENT: Network = {
  inspect: describe,
  changes: () => 0,
  requirePacketSockets: () => {},
  openPacketPort: (interfaceName) => Promise.resolve(new DryPort(interfaceName)),
  reopenPacketPort: ({ interfaceName }) => new DryPort(interfaceName),
  holdUdpPort: () => ({ close: () => {} }),
};

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
