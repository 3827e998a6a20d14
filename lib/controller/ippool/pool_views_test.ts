import assert from "node:assert/strict";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { JsonObject } from "../../base/json.ts";
import { formatIpv4Address, type Ipv4Address, parseIpv4Address } from "../../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress, parseMacAddress } from "../../net/mac_address.ts";
import { IPPOOL_KIND } from "../../reconcile/kinds.ts";
import { type PoolView, withChanges } from "../../reconcile/ippool/pool_view.ts";
import { FreshCache } from "../runtime/fresh_cache.ts";
import { PoolViews } from "./pool_views.ts";

const KEY = "default/ippool-1";
const [A, B] = ["52:54:00:00:00:0a", "52:54:00:00:00:0b"] as const;
const FIRST = { "192.168.48.82": A };
const BOTH = { ...FIRST, "192.168.48.83": B };

function version(
  resourceVersion: string,
  allocated: JsonObject,
  more: JsonObject = {},
): KubeObject {
  const status = { ipv4: { allocated, ...more } };
  return ippoolSample({ metadata: { uid: "1", resourceVersion }, status });
}

/** Views of a pool that has the version 1, and what they tell of changes. */
function setUp() {
  const informer = new FakeInformer(IPPOOL_KIND.parse, IPPOOL_KIND.indexes);
  const cache = new FreshCache(informer, IPPOOL_KIND.parse);
  const views = new PoolViews(cache);
  informer.put(version("1", FIRST));
  const told: string[] = [];
  views.onChange(({ macs, freed, isCommit }) => {
    const lists = [[...macs].map(formatMacAddress), [...freed.keys()].map(formatIpv4Address)];
    told.push(`${isCommit ? "commit" : "foreign"} ${lists.join(" freed ")}`);
  });
  const view = () => views.get(KEY)!;
  /** Writes that B is bound to .83; gives it to the server while the answer is on its way. */
  const write = (store: (sent: KubeObject) => void, answer = true) => {
    const from = view();
    const status = { ipv4: { allocated: from.allocated.edited(), used: 2 } };
    const [address, mac] = [parseIpv4Address("192.168.48.83")!, parseMacAddress(B)!];
    const delta = {
      removed: new Set<Ipv4Address>(),
      added: new Map([[address, mac]]),
      freed: new Map(),
      texts: new Map(),
    };
    const changes = { delta, hostnames: new Map(), macs: new Set<MacAddress>([mac]) };
    return views.during({ status, from, changes }, async () => {
      const metadata = { ...from.object.metadata, resourceVersion: "2" };
      const sent = { ...from.object, status, metadata };
      const copy = withChanges(from, changes, () => structuredClone(sent));
      await Promise.resolve();
      store(copy);
      if (answer) cache.keepWritten(sent);
    });
  };
  return { informer, views, view, told, write };
}

function bindingsOf({ record, allocated }: PoolView): readonly JsonObject[] {
  const texts = [...record.bindings].map(([address, mac]) =>
    [formatIpv4Address(address), formatMacAddress(mac)] as const
  );
  return [Object.fromEntries(texts), { ...allocated.all() }];
}

Deno.test("PoolViews knows what its own write made of a pool, whichever comes first", async () => {
  for (const watchIsFirst of [false, true]) {
    const { informer, view, told, write } = setUp();
    let stored: KubeObject | undefined;
    const after = await write((sent) => {
      stored = sent;
      if (watchIsFirst) informer.put(sent);
    });
    assert.deepEqual(bindingsOf(after!), [BOTH, BOTH]);
    informer.put(stored!);
    assert.equal(view(), after, "the watch brings what is known");
    assert.deepEqual(told, [`commit ${B} freed `]);
  }
});

Deno.test("PoolViews says which MACs a write that is under way concerns", async () => {
  const { views, write } = setUp();
  const changing = () => [A, B].map((mac) => views.isChanging(KEY, parseMacAddress(mac)!));
  const seen: (readonly boolean[])[] = [];
  // Those who are told of the commit may tell the address at once.
  views.onChange(() => seen.push(changing()));
  await write(() => seen.push(changing()));
  assert.deepEqual(seen, [[false, true], [false, false]]);
});

Deno.test("PoolViews keeps its record when a server drops other fields, and not when it stored another", async () => {
  const { informer, view, told, write } = setUp();
  const after = await write(() => {});
  informer.put(version("2", BOTH));
  assert.equal(view(), after, "a definition that does not know `used`");
  informer.put(version("3", FIRST));
  assert.deepEqual(bindingsOf(view()), [FIRST, FIRST]);
  assert.deepEqual(told, [`commit ${B} freed `, `foreign ${B} freed 192.168.48.83`]);

  const other = setUp();
  await other.write(() => {});
  other.informer.put(version("2", FIRST));
  assert.deepEqual(bindingsOf(other.view()), [FIRST, FIRST]);
  assert.deepEqual(other.told, [`commit ${B} freed `, `foreign ${B} freed 192.168.48.83`]);
});

Deno.test("PoolViews follows the write that mends a record in which a MAC stands twice", async () => {
  const { informer, view, write } = setUp();
  informer.put(version("1", { "192.168.48.81": A, ...FIRST }));
  assert.ok(view().record.hasDoubles);
  const after = await write(() => {});
  const all = { "192.168.48.81": A, ...BOTH };
  assert.deepEqual(bindingsOf(after!), [all, all]);
});

Deno.test("PoolViews knows its own write also when it was planned from what has been read anew", async () => {
  const { informer, view, write } = setUp();
  // The same version with another record: what the server made of an earlier write.
  const after = await write(() => informer.put(version("1", { "192.168.48.84": A })));
  assert.deepEqual(bindingsOf(view()), [BOTH, BOTH]);
  assert.equal(after, view());
});

Deno.test("PoolViews does not believe in a write when somebody else has written since", async () => {
  const { informer, view, told, write } = setUp();
  const after = await write(() => informer.put(version("3", {})));
  assert.equal(after, undefined);
  assert.deepEqual(bindingsOf(view()), [{}, {}]);
  assert.deepEqual(told, [`foreign ${A} freed 192.168.48.82`, `foreign ${B} freed `]);
});

Deno.test("PoolViews reads the specification that somebody wrote after its own write", async () => {
  const { informer, view, write } = setUp();
  await write((sent) => {
    informer.put({
      ...sent,
      metadata: { ...sent.metadata, resourceVersion: "3" },
      spec: { ...sent.spec as JsonObject, paused: true },
    });
  }, false);
  assert.equal(view().paused, true);
  assert.equal(view().record.bindings.size, 2);
});

Deno.test("PoolViews leaves a record as it was when a write fails, and wakes those that waited", async () => {
  const { view, told, write } = setUp();
  await assert.rejects(write(() => {
    throw new Error("the connection broke off");
  }));
  assert.deepEqual(bindingsOf(view()), [FIRST, FIRST]);
  assert.deepEqual(told, [`foreign ${B} freed `]);
});
