/** The behaviour of every packet port, the kernel's and the fake one: cases for a suite to run. */

import assert from "node:assert/strict";
import { ErrnoError, type Network, type PacketPort } from "../../../lib/sys/contract.ts";
import { clientFrame } from "../../support/dhcp/dhcp_packets.ts";
import { PORT_FRAMES, untagged } from "./packet_port_frames.ts";

/** An interface and the other end of its cable. */
export interface PacketPortWorld extends AsyncDisposable {
  readonly network: Network;
  readonly interfaceName: string;
  /** Sends a frame from the other end. */
  transmit(frame: Uint8Array): void;
  /** The next frame of the local experimental EtherType that arrives at the other end. */
  receive(): Promise<Uint8Array>;
  /** Sets the interface up or down. */
  setUp(up: boolean): Promise<void>;
  /** Deletes the interface. */
  remove(): Promise<void>;
}

/** One promise of a port. */
export interface PacketPortCase {
  readonly name: string;
  readonly run: (world: PacketPortWorld) => Promise<void>;
}

/** IEEE 802 local experimental EtherType 1. */
export const EXPERIMENTAL_ETHERTYPE = 0x88b5;
const WAIT_MS = 5000;

const FRAME_CASES: readonly PacketPortCase[] = PORT_FRAMES.map(({ what, packetType, wire }) => ({
  name: `a packet port ${packetType === undefined ? "drops" : "passes"} ${what}`,
  run: ({ network, interfaceName, transmit }) =>
    withPort(network, interfaceName, async (port) => {
      const frame = wire(port.macAddress);
      transmit(frame);
      transmit(numberedFrame(1));
      const seen = await receiveUntil(port, 1);
      const expected = packetType === undefined ? [] : [{ packetType, bytes: untagged(frame) }];
      assert.deepEqual(seen, expected);
    }),
}));

const BEHAVIOUR_CASES: readonly PacketPortCase[] = [
  {
    name: "a packet port describes its interface",
    run: ({ network, interfaceName }) =>
      withPort(network, interfaceName, (port) => {
        const found = network.inspect(interfaceName);
        assert.equal(port.interfaceName, interfaceName);
        assert.deepEqual(
          [port.interfaceIndex, port.macAddress, port.mtuBytes],
          [found?.index, found?.macAddress, 1500],
        );
      }),
  },
  {
    name: "PacketPort.wait() returns false when nothing came in time",
    run: ({ network, interfaceName }) =>
      withPort(network, interfaceName, async (port) => assert.equal(await port.wait(20), false)),
  },
  {
    name: "PacketPort.drain() hands over at most the requested number of frames, in their order",
    run: ({ network, interfaceName, transmit }) =>
      withPort(network, interfaceName, async (port) => {
        for (let number = 1; number <= 70; number++) transmit(numberedFrame(number));
        assert.equal(await port.wait(WAIT_MS), true);
        const numbers: number[] = [];
        const counts = [40, 40, 40].map((framesMax) =>
          port.drain(framesMax, ({ bytes }) => numbers.push(numberOf(bytes)))
        );
        assert.deepEqual(counts, [40, 30, 0]);
        assert.deepEqual(numbers, Array.from({ length: 70 }, (_, index) => index + 1));
      }),
  },
  {
    name: "PacketPort.close() ends a wait, and a second call does nothing",
    run: async ({ network, interfaceName }) => {
      const port = await network.openPacketPort(interfaceName);
      const waiting = port.wait(60_000);
      await port.close();
      await port.close();
      assert.equal(await waiting, false);
    },
  },
  {
    name: "a closed packet port neither receives nor sends",
    run: async ({ network, interfaceName, transmit }) => {
      const port = await network.openPacketPort(interfaceName);
      await port.close();
      transmit(clientFrame());
      assert.equal(await port.wait(20), false);
      assert.equal(port.drain(1, () => assert.fail("a frame came through a closed port")), 0);
      assert.deepEqual(port.takeLostFrames(), { overrun: 0, tooLong: 0 });
      port.send(clientFrame());
      assert.deepEqual(port.flush(), []);
    },
  },
  {
    name: "PacketPort.drain() stops when its callback closes the port",
    run: async ({ network, interfaceName, transmit }) => {
      const port = await network.openPacketPort(interfaceName);
      transmit(clientFrame());
      assert.equal(await port.wait(WAIT_MS), true);
      assert.equal(port.drain(100, () => void port.close()), 1);
      await port.close();
    },
  },
  {
    name: "PacketPort.send() sends a frame unchanged, and the port does not receive it",
    run: ({ network, interfaceName, transmit, receive }) =>
      withPort(network, interfaceName, async (port) => {
        const sent = clientFrame();
        sent.set([EXPERIMENTAL_ETHERTYPE >> 8, EXPERIMENTAL_ETHERTYPE & 255], 12);
        const expected = sent.slice();
        port.send(clientFrame());
        port.send(sent);
        sent.fill(0, 14); // The port has a copy.
        assert.deepEqual(port.flush(), []);
        assert.deepEqual(await receive(), expected);
        transmit(numberedFrame(1));
        assert.deepEqual(await receiveUntil(port, 1), []);
      }),
  },
  {
    name:
      "PacketPort.flush() tells of a frame that is longer than the MTU allows, and sends the rest",
    run: ({ network, interfaceName, receive }) =>
      withPort(network, interfaceName, async (port) => {
        port.send(new Uint8Array(1600));
        port.send(experimentalFrame(1));
        assert.deepEqual(port.flush(), [{ code: "EMSGSIZE", frames: 1 }]);
        assert.deepEqual(port.flush(), []);
        assert.equal(numberOf(await receive()), 1);
      }),
  },
  {
    name: "PacketPort.flush() sends any number of frames in their order",
    run: ({ network, interfaceName, receive }) =>
      withPort(network, interfaceName, async (port) => {
        for (let number = 1; number <= 150; number++) port.send(experimentalFrame(number));
        assert.deepEqual(port.flush(), []);
        for (let number = 1; number <= 150; number++) {
          assert.equal(numberOf(await receive()), number);
        }
      }),
  },
  {
    name: "a packet port stamps frames with its clock",
    run: ({ network, interfaceName, transmit }) =>
      withPort(network, interfaceName, async (port) => {
        const beforeMs = port.stampMs();
        transmit(numberedFrame(1));
        assert.equal(await port.wait(WAIT_MS), true);
        const stamps: number[] = [];
        port.drain(1, ({ receivedMs }) => stamps.push(receivedMs));
        assert.equal(stamps.length, 1);
        assert.ok(beforeMs <= stamps[0]! && stamps[0]! <= port.stampMs(), `stamped ${stamps[0]}`);
      }),
  },
  {
    name: "PacketPort.wait() lets other work have its turn even when frames are waiting",
    run: ({ network, interfaceName, transmit }) =>
      withPort(network, interfaceName, async (port) => {
        transmit(numberedFrame(1));
        assert.equal(await port.wait(WAIT_MS), true);
        let hadItsTurn = false;
        setTimeout(() => hadItsTurn = true, 0);
        for (let waits = 0; !hadItsTurn && waits < 1000; waits++) {
          assert.equal(await port.wait(WAIT_MS), true);
        }
        assert.equal(hadItsTurn, true);
      }),
  },
  {
    name: "PacketPort.wait() fails with ENETDOWN when the interface goes down",
    run: ({ network, interfaceName, setUp }) =>
      withPort(network, interfaceName, async (port) => {
        const failing = assert.rejects(port.wait(WAIT_MS), isErrno("ENETDOWN", interfaceName));
        await setUp(false);
        await failing;
        port.send(clientFrame());
        port.send(clientFrame());
        assert.deepEqual(port.flush(), [{ code: "ENETDOWN", frames: 2 }]);
        assert.equal(network.inspect(interfaceName)?.up, false);
      }),
  },
  {
    name: "PacketPort.wait() fails with ENETDOWN on an interface that was down from the start",
    run: async ({ network, interfaceName, setUp }) => {
      await setUp(false);
      await withPort(network, interfaceName, async (port) => {
        await assert.rejects(port.wait(WAIT_MS), isErrno("ENETDOWN", interfaceName));
      });
    },
  },
  {
    name: "PacketPort.wait() fails with ENETDOWN when the interface is deleted",
    run: ({ network, interfaceName, remove }) =>
      withPort(network, interfaceName, async (port) => {
        const failing = assert.rejects(port.wait(WAIT_MS), isErrno("ENETDOWN", interfaceName));
        await remove();
        await failing;
        assert.equal(network.inspect(interfaceName), undefined);
      }),
  },
  {
    name: "Network.openPacketPort() fails with ENODEV when there is no such interface",
    run: async ({ network, interfaceName, remove }) => {
      await remove();
      await assert.rejects(
        network.openPacketPort(interfaceName),
        isErrno("ENODEV", interfaceName),
      );
    },
  },
  {
    name: "an interface receives again when it is opened anew after it came up",
    run: async ({ network, interfaceName, setUp, transmit }) => {
      await setUp(false);
      await setUp(true);
      await withPort(network, interfaceName, async (port) => {
        transmit(numberedFrame(7));
        assert.deepEqual(await receiveUntil(port, 7), []);
      });
    },
  },
  {
    name: "Network.holdUdpPort() fails with EADDRINUSE until the port is released",
    run: ({ network, interfaceName }) => {
      const held = network.holdUdpPort(interfaceName, 67);
      assert.throws(() => network.holdUdpPort(interfaceName, 67), (error) => {
        return error instanceof ErrnoError && error.code === "EADDRINUSE";
      });
      held.close();
      held.close();
      network.holdUdpPort(interfaceName, 67).close();
      return Promise.resolve();
    },
  },
];

/** All cases. Each needs a new world. */
export const PACKET_PORT_CASES: readonly PacketPortCase[] = [...FRAME_CASES, ...BEHAVIOUR_CASES];

async function withPort(
  network: Network,
  interfaceName: string,
  run: (port: PacketPort) => Promise<void> | void,
): Promise<void> {
  const port = await network.openPacketPort(interfaceName);
  try {
    await run(port);
  } finally {
    await port.close();
  }
}

/** A frame that every port passes, with a number in its `xid`. */
function numberedFrame(number: number): Uint8Array {
  return clientFrame({ xid: number });
}

/** The same with the EtherType that the other end of the world looks for. */
function experimentalFrame(number: number): Uint8Array {
  const frame = numberedFrame(number);
  frame.set([EXPERIMENTAL_ETHERTYPE >> 8, EXPERIMENTAL_ETHERTYPE & 255], 12);
  return frame;
}

/** @returns `NaN` for a frame too short to have one. */
function numberOf(frame: Uint8Array): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  return frame.length < 50 ? NaN : view.getUint32(46);
}

/** Receives until the numbered frame. @returns The frames before it. */
async function receiveUntil(port: PacketPort, number: number) {
  const before: { readonly packetType: number; readonly bytes: Uint8Array }[] = [];
  let isThere = false;
  while (!isThere) {
    assert.equal(await port.wait(WAIT_MS), true, `frame ${number} did not come`);
    port.drain(100, ({ packetType, bytes }) => {
      if (numberOf(bytes) === number) isThere = true;
      else before.push({ packetType, bytes: bytes.slice() });
    });
  }
  return before;
}

function isErrno(code: string, interfaceName: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ErrnoError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, new RegExp(`interface ${interfaceName}`));
    return true;
  };
}
