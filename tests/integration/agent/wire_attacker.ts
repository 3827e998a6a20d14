/**
 * A host on the network of some clients that forges what it can: messages with their MACs in `chaddr`,
 * and ARP. Its Ethernet source is its own: with that of a client it would move the client's port on the
 * bridge, which no DHCP server can do anything about.
 */

import { encodeArpFrame } from "../../../lib/net/arp.ts";
import { readUint32 } from "../../../lib/net/bytes.ts";
import { BROADCAST_MAC, macAddressFromBytes } from "../../../lib/net/mac_address.ts";
import { decline, inform, rebind, release, request, requested } from "../../conformance/network.ts";
import {
  clientFrame,
  type ClientPacket,
  ip,
  mac,
  octets,
} from "../../support/dhcp/dhcp_packets.ts";
import { type Bridge, createVethPair } from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";

const OWN_MAC = mac("06:00:00:00:66:66");

/** Between two looks at what the clients sent, and two handfuls of the flood. */
const TURN_MS = 5;

/** 2,000 DISCOVERs a second. */
const FLOOD_FRAMES = 10;

/** Turns between two rounds of everything else: ten a second. */
const ROUND_TURNS = 20;

/** Offset of `xid` and `chaddr` in a frame without IP options. */
const XID = 46;
const CHADDR = 70;

/** Whose messages are forged. */
export interface Victim {
  readonly mac: string;
  readonly address: string;
}

export interface AttackerOptions {
  readonly victims: readonly Victim[];
  readonly serverIp: string;
}

/** An attack in progress; disposing ends it. */
export class WireAttacker implements AsyncDisposable {
  readonly #options: AttackerOptions;
  readonly #link: RawLink;
  readonly #cleanUp: AsyncDisposableStack;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #sent = new Map<string, number>();
  #turn = 0;

  private constructor(options: AttackerOptions, link: RawLink, cleanUp: AsyncDisposableStack) {
    this.#options = options;
    this.#link = link;
    this.#cleanUp = cleanUp;
    this.#timer = setInterval(() => this.#attack(), TURN_MS);
  }

  /** Plugs a machine into the bridge and begins. */
  static async start(bridge: Bridge, options: AttackerOptions): Promise<WireAttacker> {
    await using cleanUp = new AsyncDisposableStack();
    const cable = cleanUp.use(await createVethPair());
    await bridge.attach(cable.name);
    const link = cleanUp.use(new RawLink(cable.peerName));
    return new WireAttacker(options, link, cleanUp.move());
  }

  /** Frames sent so far, by what they are. */
  get sent(): ReadonlyMap<string, number> {
    return this.#sent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#cleanUp.disposeAsync();
  }

  #attack(): void {
    const { victims } = this.#options;
    for (let heard = this.#hear(); heard !== undefined; heard = this.#hear()) this.#race(heard);
    const turn = this.#turn++;
    for (let i = 0; i < FLOOD_FRAMES; i++) {
      const victim = victims[i % victims.length]!;
      this.#forge("flood", victim, { xid: turn * FLOOD_FRAMES + i });
    }
    if (turn % ROUND_TURNS === 0) { for (const victim of victims) this.#forgeAll(victim); }
  }

  /** A broadcast message of one of the clients. */
  #hear(): Uint8Array | undefined {
    const macs = this.#options.victims.map((victim) => mac(victim.mac));
    return this.#link.poll((frame) =>
      frame.length > CHADDR + 6 && frame[23] === 17 && frame[37] === 67 &&
      macs.includes(macAddressFromBytes(frame, 6))
    );
  }

  /** Asks for a wrong address with the `xid` that the client waits for. */
  #race(heard: Uint8Array): void {
    const from = macAddressFromBytes(heard, 6);
    const victim = this.#options.victims.find((one) => mac(one.mac) === from);
    if (victim === undefined) return;
    const xid = readUint32(heard, XID);
    const wrong = requested(this.#options.serverIp);
    this.#forge("race", victim, { ...request([this.#serverOption(), wrong]), xid });
    this.#forge("race", victim, { ...request([wrong]), xid });
    this.#forge("race", victim, { ...rebind(this.#options.serverIp), xid });
  }

  #forgeAll(victim: Victim): void {
    const { serverIp } = this.#options;
    const own = requested(victim.address);
    const to = { destinationIp: serverIp };
    this.#forge("decline", victim, decline([this.#serverOption(), own]));
    this.#forge("release", victim, release(victim.address, { ...to, options: [] }));
    this.#forge("inform", victim, inform(victim.address, to));
    this.#forge("request", victim, request([requested("10.9.9.9")]));
    this.#forge("request", victim, rebind("192.168.48.99"));
    this.#claim(victim.address);
    this.#claim(serverIp);
  }

  #serverOption() {
    return [54, octets(this.#options.serverIp)] as const;
  }

  #forge(what: string, victim: Victim, packet: ClientPacket): void {
    const forged = { ...packet, mac: mac(victim.mac), ethernetSource: OWN_MAC };
    this.#send(what, clientFrame(forged));
  }

  /** Announces an address of somebody else. */
  #claim(address: string): void {
    this.#send(
      "claim",
      encodeArpFrame({
        operation: "request",
        senderMac: OWN_MAC,
        senderIp: ip(address),
        targetMac: mac("00:00:00:00:00:00"),
        targetIp: ip(address),
      }, BROADCAST_MAC),
    );
  }

  #send(what: string, frame: Uint8Array): void {
    this.#link.send(frame);
    this.#sent.set(what, (this.#sent.get(what) ?? 0) + 1);
  }
}
