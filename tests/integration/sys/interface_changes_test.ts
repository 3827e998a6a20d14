/** What the kernel tells of interfaces. Needs root. */

import assert from "node:assert/strict";
import { createNetwork } from "../../../lib/sys/host/network.ts";
import "../../support/network/load_libc.ts";
import { createVethPair, HERE, runIn } from "../../support/network/network_namespace.ts";

const network = createNetwork();

const CHANGES: readonly { readonly what: string; readonly words: readonly string[] }[] = [
  { what: "gets another MTU", words: ["link", "set", "NAME", "mtu", "1400"] },
  {
    what: "gets another MAC address",
    words: ["link", "set", "NAME", "address", "02:00:00:00:00:97"],
  },
  { what: "goes down", words: ["link", "set", "NAME", "down"] },
  { what: "gets an address", words: ["address", "add", "192.0.2.9/32", "dev", "NAME"] },
  { what: "is deleted", words: ["link", "delete", "NAME"] },
];

for (const { what, words } of CHANGES) {
  Deno.test(`Network.changes() tells that an interface ${what}, and nothing of others`, async () => {
    await using pair = await createVethPair();
    await using other = await createVethPair();
    const index = network.inspect(pair.name)!.index;
    const otherIndex = network.inspect(other.name)!.index;
    // What the kernel still has to tell of its making.
    await runIn(HERE, "ip", "link", "show", "dev", pair.name);
    const before = network.changes(index);
    const otherBefore = network.changes(otherIndex);
    assert.equal(network.changes(index), before, "nothing has happened yet");
    await runIn(HERE, "ip", ...words.map((word) => word === "NAME" ? pair.name : word));
    assert.notEqual(network.changes(index), before);
    assert.equal(network.changes(otherIndex), otherBefore);
  });
}

Deno.test("Network.changes() takes everything for changed when messages were lost", async () => {
  await using pair = await createVethPair();
  await using other = await createVethPair();
  const { index } = network.inspect(other.name)!;
  const before = network.changes(index);
  // More than the queue of the socket holds.
  const many = Array.from(
    { length: 5000 },
    (_, i) => `link set ${pair.name} mtu ${1300 + i % 2}\n`,
  );
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, many.join(""));
    await runIn(HERE, "ip", "-batch", file);
  } finally {
    await Deno.remove(file);
  }
  assert.notEqual(network.changes(index), before);
});
