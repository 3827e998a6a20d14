import assert from "node:assert/strict";
import { clientFrame, mac } from "../../support/dhcp/dhcp_packets.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { createVethPair, HERE, runIn } from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { addVm, VmNetwork } from "../../support/network/vm_network.ts";

const MAC = "52:54:00:48:01:01";

/** A little longer than the age up to which a request is answered. */
const STOPPED_MS = 5300;

function discover(xid: number): Uint8Array {
  return clientFrame({ mac: mac(MAC), xid });
}

/** The transaction of a reply; `undefined` for other frames. */
function replyTransaction(frame: Uint8Array): number | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const isReply = frame.length > 282 && view.getUint16(36) === 68 && frame[42] === 2;
  return isReply ? view.getUint32(46) : undefined;
}

await integrationTest({
  name: "an agent that was stopped does not answer requests older than five seconds",
  needs: ["namespaces"],
  run: async () => {
    await using vmNetwork = await VmNetwork.create();
    await using pair = await createVethPair();
    await runIn(HERE, "ip", "link", "set", pair.name, "master", vmNetwork.bridge.name);
    using link = new RawLink(pair.peerName);
    const standalone = await vmNetwork.standalone();
    using api = await standalone.api();
    await api.create("ippools", ippoolSample());
    await addVm(api, "vm-1", MAC);
    async function repliesUntil(xid: number): Promise<readonly number[]> {
      const replies: number[] = [];
      while (!replies.includes(xid)) {
        const reply = await link.receive((frame) => replyTransaction(frame) !== undefined);
        replies.push(replyTransaction(reply)!);
      }
      return replies;
    }
    // The agent learns of the address a little later than the record.
    let first = 1;
    while (link.poll((frame) => replyTransaction(frame) !== undefined) === undefined) {
      assert.ok(first < 200, "no OFFER before the stop");
      link.send(discover(first++));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    standalone.signal("SIGSTOP");
    link.send(discover(1000));
    await new Promise((resolve) => setTimeout(resolve, STOPPED_MS));
    link.send(discover(1001));
    standalone.signal("SIGCONT");
    const replies = await repliesUntil(1001);
    assert.ok(!replies.includes(1000), `a stale reply is among ${replies}`);
    link.send(discover(1002));
    assert.deepEqual(await repliesUntil(1002), [1002]);
  },
});
