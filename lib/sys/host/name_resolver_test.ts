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
