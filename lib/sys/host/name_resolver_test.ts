import assert from "node:assert/strict";
import { formatIpv4Address } from "../../net/ipv4_address.ts";
import { createNameResolver } from "./name_resolver.ts";

const FOREVER = new AbortController().signal;

Deno.test("NameResolver.resolve() gives the addresses that the hosts file has", async () => {
  const found = await createNameResolver().resolve("localhost", FOREVER);
  assert.ok(found.map(formatIpv4Address).includes("127.0.0.1"));
});

Deno.test("NameResolver.resolve() gives an address that was written instead of a name", async () => {
  const found = await createNameResolver().resolve("192.0.2.1", FOREVER);
  assert.deepEqual(found.map(formatIpv4Address), ["192.0.2.1"]);
});

Deno.test("NameResolver.resolve() gives nothing for what cannot be a name", async () => {
  assert.deepEqual(await createNameResolver().resolve("a..b", FOREVER), []);
});

Deno.test("NameResolver.resolve() ends with the reason of the signal and names what it looked up", async () => {
  const reason = new Error("took too long");
  await assert.rejects(
    createNameResolver().resolve("localhost", AbortSignal.abort(reason)),
    (error) => {
      assert.ok(error instanceof Error);
      assert.equal(error.message, "Cannot look up localhost");
      assert.equal(error.cause, reason);
      return true;
    },
  );
});

Deno.test("NameResolver.resolve() leaves no failure behind when it was ended before it began", async () => {
  const failing = createNameResolver().resolve(
    "nobody.invalid",
    AbortSignal.abort(new Error("end")),
  );
  await assert.rejects(failing);
  // The look-up itself fails later; were nobody to handle that, the process would end.
  await createNameResolver().resolve("nobody.invalid", FOREVER).catch(() => {});
});

Deno.test("NameResolver keeps few threads of the runtime, however many names it is asked for", async () => {
  const underWay: { readonly name: string; readonly end: (addresses: string[]) => void }[] = [];
  const resolver = createNameResolver((name) =>
    new Promise((resolve) => underWay.push({ name, end: resolve }))
  );
  const names = Array.from({ length: 20 }, (_, i) => `ntp-${i}.example`);
  const found = [...names, ...names].map((name) => resolver.resolve(name, FOREVER));
  const seen: string[] = [];
  while (seen.length < names.length) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.ok(underWay.length <= 4, `${underWay.length} at once`);
    const { name, end } = underWay.shift()!;
    seen.push(name);
    end(["192.0.2.7"]);
  }
  assert.deepEqual(seen, names, "each once");
  for (const addresses of await Promise.all(found)) {
    assert.deepEqual(addresses.map(formatIpv4Address), ["192.0.2.7"]);
  }
});

Deno.test("NameResolver gives up a name that has to wait for others", async () => {
  const resolver = createNameResolver(() => new Promise(() => {}));
  const stop = new AbortController();
  const waiting = Array.from({ length: 6 }, (_, i) => resolver.resolve(`ntp-${i}`, stop.signal));
  stop.abort(new Error("took too long"));
  for (const each of waiting) await assert.rejects(each, /Cannot look up ntp-/);
});
