/** What every network promises of a port that is opened from another: cases for a suite to run. */

import assert from "node:assert/strict";
import { ErrnoError } from "../../../lib/sys/contract.ts";
import { clientFrame } from "../../support/dhcp/dhcp_packets.ts";
import type { PacketPortCase } from "./packet_port_cases.ts";

const WAIT_MS = 5000;

export const REOPEN_CASES: readonly PacketPortCase[] = [
  {
    name:
      "Network.reopenPacketPort() ends the wait of the old port and receives through the new one",
    run: async ({ network, interfaceName, transmit }) => {
      const old = await network.openPacketPort(interfaceName);
      const waiting = old.wait();
      const port = network.reopenPacketPort(old);
      try {
        assert.equal(await waiting, false);
        transmit(clientFrame());
        assert.equal(await port.wait(WAIT_MS), true);
        assert.deepEqual([old.hasFrame, port.hasFrame], [false, true]);
        assert.equal(old.drain(1, () => assert.fail("the old port is closed")), 0);
        assert.equal(port.drain(9, () => {}), 1);
        assert.equal(port.hasFrame, false);
        await old.close();
        transmit(clientFrame());
        assert.equal(await port.wait(WAIT_MS), true, "to close the old port does not harm the new");
      } finally {
        await port.close();
      }
    },
  },
  {
    name: "Network.reopenPacketPort() leaves the port as it is when the interface is gone",
    run: async ({ network, interfaceName, remove }) => {
      const old = await network.openPacketPort(interfaceName);
      await remove();
      assert.throws(() => network.reopenPacketPort(old), (error) => {
        return error instanceof ErrnoError && error.code === "ENODEV";
      });
      await assert.rejects(old.wait(WAIT_MS), { name: "ErrnoError", code: "ENETDOWN" });
      await old.close();
    },
  },
  {
    name: "Network.changes() is another number after an interface went down",
    run: async ({ network, setUp }) => {
      const before = network.changes();
      await setUp(false);
      assert.notEqual(network.changes(), before);
    },
  },
];
