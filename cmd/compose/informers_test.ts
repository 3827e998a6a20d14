import assert from "node:assert/strict";
import type { IPPool } from "../../lib/api/ippool/ippool.ts";
import type { NetworkAttachmentDefinition } from "../../lib/api/network_attachment_definition.ts";
import type { VirtualMachineNetworkConfig } from "../../lib/api/vmnetcfg/vmnetcfg.ts";
import { IPPOOL_KIND, NETWORK_KIND, VMNETCFG_KIND } from "../../lib/reconcile/kinds.ts";
import { FakeClock, settle } from "../../tests/support/clocks/fake_clock.ts";
import { FakeInformer } from "../../tests/support/kube/fake_informer.ts";
import { claimsOn } from "../../lib/reconcile/claims.ts";
import { vmnetcfgSample } from "../../tests/support/apiserver/samples.ts";
import { Informers, observing, requireSync } from "./informers.ts";

const SYNC_MS_MAX = 120_000;

function setUp() {
  const clock = new FakeClock();
  const informers = new Informers(({ parse }) => new FakeInformer(parse));
  const [ippools, vmnetcfgs, nads] = [
    informers.of(IPPOOL_KIND) as FakeInformer<IPPool>,
    informers.of(VMNETCFG_KIND) as FakeInformer<VirtualMachineNetworkConfig>,
    informers.of(NETWORK_KIND) as FakeInformer<NetworkAttachmentDefinition>,
  ];
  const stop = new AbortController();
  const required = requireSync(informers, { clock }, stop.signal);
  return { clock, informers, ippools, vmnetcfgs, nads, stop, required };
}

Deno.test("requireSync() ends with the last cache, and leaves no timer", async () => {
  const { clock, ippools, vmnetcfgs, nads, required } = setUp();
  await clock.advance(SYNC_MS_MAX - 1);
  for (const informer of [ippools, vmnetcfgs, nads]) informer.sync();
  await required;
  await settle();
  assert.equal(clock.sleeping, 0);
});

Deno.test("requireSync() names the caches that are missing after two minutes", async () => {
  const { clock, vmnetcfgs, required } = setUp();
  vmnetcfgs.sync();
  const refused = assert.rejects(required, {
    name: "CommandError",
    message:
      /^gave up after 120 s: the cache of ippools is not synced .*; the cache of network-attachment-definitions is not/,
  });
  await clock.advance(SYNC_MS_MAX);
  await refused;
});

Deno.test("requireSync() does without VM networks where the server refuses them", async () => {
  const { ippools, vmnetcfgs, nads, informers, required } = setUp();
  nads.refuse();
  for (const informer of [ippools, vmnetcfgs]) informer.sync();
  await required;
  assert.deepEqual(informers.unsynced(), []);
});

Deno.test("requireSync() ends quietly when the process is to end", async () => {
  const { clock, stop, required } = setUp();
  stop.abort();
  await required;
  await settle();
  assert.equal(clock.sleeping, 0);
});

Deno.test("an object that cannot be read is like an invalid one, and holds the MACs that it names", () => {
  const { convert, unreadable } = observing(VMNETCFG_KIND.parse);
  const object = vmnetcfgSample();
  const { owners } = claimsOn("default/net-48", [convert(object)], () => false);
  const observed = unreadable(object, "it nests deeper than 500 levels");
  assert.deepEqual(observed.parsed, {
    ok: false,
    errors: [{ field: "object", message: "cannot be read: it nests deeper than 500 levels" }],
  });
  const { held } = claimsOn("default/net-48", [observed], () => false);
  assert.ok([...held.keys()].length > 0);
  assert.deepEqual([...held.keys()], [...owners.keys()]);
});
