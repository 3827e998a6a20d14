import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { FakeNameResolver } from "../../../tests/support/network/fake_name_resolver.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { formatIpv4Address } from "../../net/ipv4_address.ts";
import { NameCache } from "./name_cache.ts";

const RETRY_MS = 30_000;
const REFRESH_MS = 300_000;
const LOOKUP_MS_MAX = 5000;

async function setUp(names: Record<string, readonly string[] | "hangs">) {
  const resolver = new FakeNameResolver();
  for (const [name, addresses] of Object.entries(names)) resolver.names.set(name, addresses);
  const clock = new FakeClock();
  const log = new RecordingLogger();
  const stop = new AbortController();
  let changes = 0;
  const cache = new NameCache({ resolver, clock, log, onChange: () => changes++ });
  cache.setNames(Object.keys(names));
  const running = cache.run(stop.signal);
  await clock.advance(0);
  return {
    resolver,
    clock,
    log,
    cache,
    addresses: (name: string) => cache.addressesOf(name).map(formatIpv4Address),
    changes: () => changes,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      assert.equal(clock.sleeping, 0);
    },
  };
}

Deno.test("NameCache keeps the addresses of a name and tells of them once", async () => {
  await using setup = await setUp({ ntp: ["192.0.2.9", "192.0.2.8"] });
  assert.deepEqual(setup.addresses("ntp"), ["192.0.2.8", "192.0.2.9"]);
  setup.resolver.names.set("ntp", ["192.0.2.8", "192.0.2.9"]);
  await setup.clock.advance(REFRESH_MS);
  assert.deepEqual(setup.resolver.asked, ["ntp", "ntp"]);
  assert.equal(setup.changes(), 1);
});

Deno.test("NameCache follows a name that got other addresses", async () => {
  await using setup = await setUp({ ntp: ["192.0.2.8"] });
  setup.resolver.names.set("ntp", ["192.0.2.7"]);
  await setup.clock.advance(REFRESH_MS);
  assert.deepEqual(setup.addresses("ntp"), ["192.0.2.7"]);
  assert.equal(setup.changes(), 2);
});

Deno.test("NameCache looks a name up as soon as it is set, and forgets names that are no longer set", async () => {
  await using setup = await setUp({ old: ["192.0.2.8"] });
  setup.resolver.names.set("new", ["192.0.2.9"]);
  setup.cache.setNames(["new"]);
  await setup.clock.advance(0);
  assert.deepEqual([setup.addresses("old"), setup.addresses("new")], [[], ["192.0.2.9"]]);
});

Deno.test("NameCache does not look known names up again because they were set again", async () => {
  await using setup = await setUp({ ntp: ["192.0.2.8"] });
  setup.cache.setNames(["ntp"]);
  await setup.clock.advance(0);
  assert.deepEqual(setup.resolver.asked, ["ntp"]);
});

Deno.test("NameCache leaves a failing name out, says so once, and finds it when it works", async () => {
  await using setup = await setUp({ ntp: [] });
  setup.resolver.names.delete("ntp");
  await setup.clock.advance(2 * RETRY_MS);
  assert.deepEqual(setup.addresses("ntp"), []);
  assert.deepEqual(setup.log.lines.map(({ level }) => level), ["warn"]);
  assert.equal(setup.log.lines[0]?.fields.name, "ntp");
  setup.resolver.names.set("ntp", ["192.0.2.8"]);
  await setup.clock.advance(RETRY_MS);
  assert.deepEqual(setup.addresses("ntp"), ["192.0.2.8"]);
  assert.deepEqual(setup.log.lines.map(({ level }) => level), ["warn", "info"]);
});

Deno.test("NameCache looks again soon while one of several names fails", async () => {
  await using setup = await setUp({ good: ["192.0.2.8"], bad: [] });
  setup.resolver.names.set("bad", ["192.0.2.9"]);
  await setup.clock.advance(RETRY_MS);
  assert.deepEqual(setup.addresses("bad"), ["192.0.2.9"]);
});

Deno.test("NameCache keeps the last addresses of a name whose look-up fails", async () => {
  await using setup = await setUp({ ntp: ["192.0.2.8"] });
  setup.resolver.names.delete("ntp");
  await setup.clock.advance(REFRESH_MS);
  assert.equal(setup.resolver.asked.length, 2);
  assert.deepEqual(setup.addresses("ntp"), ["192.0.2.8"]);
});

Deno.test("NameCache drops the addresses of a name that has none any more", async () => {
  await using setup = await setUp({ ntp: ["192.0.2.8"] });
  setup.resolver.names.set("ntp", []);
  await setup.clock.advance(REFRESH_MS);
  assert.deepEqual(setup.addresses("ntp"), []);
  assert.equal(setup.changes(), 2);
  assert.match(String(setup.log.lines[0]?.fields.error), /ntp has no IPv4 address/);
});

Deno.test("NameCache gives a look-up that hangs up after a while; the others do not wait for it", async () => {
  await using setup = await setUp({ slow: "hangs", quick: ["192.0.2.8"] });
  assert.deepEqual(setup.addresses("quick"), ["192.0.2.8"]);
  await setup.clock.advance(LOOKUP_MS_MAX);
  const [line] = setup.log.lines;
  assert.equal(line?.fields.name, "slow");
  assert.match(String(line?.fields.error), /no answer within 5 seconds/);
});

Deno.test("NameCache.run() ends while a look-up hangs, and logs nothing of it", async () => {
  const setup = await setUp({ slow: "hangs" });
  await setup[Symbol.asyncDispose]();
  assert.deepEqual(setup.log.lines, []);
});
