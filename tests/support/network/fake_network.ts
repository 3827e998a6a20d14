/**
 * A network without a kernel: interfaces that a test makes, floods and pulls out. One list of
 * cases (packet_port_cases.ts) checks that its ports behave like the kernel's.
 */

import type { Ipv4Address } from "../../../lib/net/ipv4_address.ts";
import type { MacAddress } from "../../../lib/net/mac_address.ts";
import {
  type Closable,
  ErrnoError,
  type Network,
  type NetworkInterface,
  type PacketPort,
} from "../../../lib/sys/contract.ts";
import { FakePacketPort } from "./fake_packet_port.ts";

/** An interface of a {@link FakeNetwork}. */
export class FakeInterface implements NetworkInterface {
  readonly name: string;
  readonly index: number;
  macAddress: MacAddress;
  mtuBytes = 1500;
  ipv4Addresses: readonly Ipv4Address[] = [];
  /** Frames that ports sent, oldest first. */
  readonly sent: Uint8Array[] = [];
  /** The kernel's verdict on the next frames that are sent. */
  sendError: ErrnoError | undefined;
  /** Frames come, and the wait for them does not end. */
  isDeaf = false;
  /** Thrown when a port is drained. */
  drainError: Error | undefined;
  /** The clock that stamps frames. */
  nowMs: () => number = () => 1_000_000;
  /** UDP ports that are held. */
  readonly heldUdpPorts = new Set<number>();
  readonly #ports = new Set<FakePacketPort>();
  #up = true;

  constructor(name: string, index: number, macAddress: MacAddress) {
    this.name = name;
    this.index = index;
    this.macAddress = macAddress;
  }

  get up(): boolean {
    return this.#up;
  }

  set up(up: boolean) {
    this.#up = up;
    if (!up) this.failPorts();
  }

  /** Ports that are open. */
  get openPorts(): number {
    return [...this.#ports].filter((port) => !port.closed).length;
  }

  openPort(): PacketPort {
    const port = new FakePacketPort(this);
    this.#ports.add(port);
    if (!this.#up) this.failPorts();
    return port;
  }

  /** Receives a frame from the wire. @param checksumReady What the kernel would say of it. */
  receive(frame: Uint8Array, checksumReady = true): void {
    if (!this.#up) return;
    for (const port of this.#ports) port.receive(frame, checksumReady);
  }

  /** Tells the ports that the interface is down or gone. */
  failPorts(): void {
    for (const port of this.#ports) port.fail();
  }
}

/** Interfaces by name. */
export class FakeNetwork implements Network {
  /** The kernel's verdict on opening a port. */
  openError: ErrnoError | undefined;
  /** The kernel's verdict on looking at an interface. */
  inspectError: ErrnoError | undefined;
  /** The kernel's verdict on opening a port from another. */
  reopenError: ErrnoError | undefined;
  readonly #interfaces = new Map<string, FakeInterface>();
  #interfacesMade = 0;
  #changes = 0;

  /** Adds an interface that is up. */
  add(name: string, macAddress = (0x0200_0000_0000 + ++this.#interfacesMade) as MacAddress) {
    const added = new FakeInterface(name, ++this.#interfacesMade, macAddress);
    this.#interfaces.set(name, added);
    return added;
  }

  /** Removes an interface as `ip link delete` does. */
  remove(name: string): void {
    this.#interfaces.get(name)?.failPorts();
    this.#interfaces.delete(name);
  }

  inspect(interfaceName: string): NetworkInterface | undefined {
    if (this.inspectError !== undefined) throw this.inspectError;
    const found = this.#interfaces.get(interfaceName);
    if (found === undefined) return undefined;
    const { name, index, macAddress, mtuBytes, up, ipv4Addresses } = found;
    return { name, index, macAddress, mtuBytes, up, ipv4Addresses };
  }

  changes(): number {
    return ++this.#changes;
  }

  requirePacketSockets(): void {
    if (this.openError !== undefined) throw this.openError;
  }

  async openPacketPort(interfaceName: string): Promise<PacketPort> {
    await Promise.resolve();
    if (this.openError !== undefined) throw this.openError;
    return this.#find("open", interfaceName).openPort();
  }

  reopenPacketPort(previous: PacketPort): PacketPort {
    if (this.reopenError !== undefined) throw this.reopenError;
    const port = this.#find("open", previous.interfaceName).openPort();
    void previous.close();
    return port;
  }

  holdUdpPort(interfaceName: string, port: number): Closable {
    const { heldUdpPorts } = this.#find("setsockopt", interfaceName);
    if (heldUdpPorts.has(port)) throw new ErrnoError("bind", 98, "EADDRINUSE");
    heldUdpPorts.add(port);
    return { close: () => void heldUdpPorts.delete(port) };
  }

  #find(syscall: string, interfaceName: string): FakeInterface {
    const found = this.#interfaces.get(interfaceName);
    if (found !== undefined) return found;
    throw new ErrnoError(`${syscall} (interface ${interfaceName})`, 19, "ENODEV");
  }
}
