import assert from "node:assert/strict";
import {
  createBridge,
  createVethPair,
  deleteInterface,
  HERE,
  NetworkNamespace,
  runIn,
  uniqueInterfaceName,
} from "./network_namespace.ts";

/** Names of the interfaces of a place. */
async function interfacesOf(place: Parameters<typeof runIn>[0]): Promise<readonly string[]> {
  const links: readonly { readonly ifname: string }[] = JSON.parse(
    await runIn(place, "ip", "-json", "link", "show"),
  );
  return links.map(({ ifname }) => ifname);
}

Deno.test("NetworkNamespace.create() makes a network with nothing but its loopback", async () => {
  await using place = await NetworkNamespace.create();
  assert.deepEqual(await interfacesOf(place), ["lo"]);
});

Deno.test("a NetworkNamespace is gone after its scope, and its interfaces with it", async () => {
  let pair;
  let pid;
  {
    await using place = await NetworkNamespace.create();
    pair = await createVethPair({ peerPlace: place });
    pid = place.pid;
    assert.ok((await interfacesOf(HERE)).includes(pair.name));
  }
  await assert.rejects(Deno.stat(`/proc/${pid}`), Deno.errors.NotFound);
  // Disposing it after the namespace does no harm.
  await pair[Symbol.asyncDispose]();
  assert.equal((await interfacesOf(HERE)).includes(pair.name), false);
});

Deno.test("createVethPair() puts each end where it belongs and joins them", async () => {
  await using left = await NetworkNamespace.create();
  await using right = await NetworkNamespace.create();
  await using _pair = await createVethPair({
    place: left,
    name: "eth1",
    peerPlace: right,
    peerName: "eth1",
  });
  await runIn(left, "ip", "address", "add", "192.0.2.1/24", "dev", "eth1");
  await runIn(right, "ip", "address", "add", "192.0.2.2/24", "dev", "eth1");
  await runIn(right, "ip", "route", "get", "192.0.2.1");
  assert.match(await runIn(left, "ip", "-brief", "address", "show", "eth1"), /UP +192\.0\.2\.1/);
});

Deno.test("createBridge() makes a bridge that takes ports", async () => {
  await using place = await NetworkNamespace.create();
  await using bridge = await createBridge(place, "br0");
  await using pair = await createVethPair({ place, peerPlace: place });
  await bridge.attach(pair.name);
  const ports = await runIn(place, "ip", "-json", "link", "show", "master", "br0");
  assert.deepEqual(JSON.parse(ports).map((port: { ifname: string }) => port.ifname), [pair.name]);
});

Deno.test("runIn() fails with the standard error of the command", async () => {
  await assert.rejects(
    runIn(HERE, "ip", "link", "show", "dev", "nosuchlink"),
    /^Error: ip link show dev nosuchlink failed \(1\): .*nosuchlink/,
  );
});

Deno.test("deleteInterface() accepts an interface that is gone already", async () => {
  await deleteInterface(HERE, "nosuchlink");
});

Deno.test("uniqueInterfaceName() never gives a name twice, nor one that is too long", () => {
  const names = Array.from({ length: 1000 }, () => uniqueInterfaceName("vd"));
  assert.equal(new Set(names).size, names.length);
  assert.throws(() => uniqueInterfaceName("muchtoolongprefix"), RangeError);
});
