/** Two allocators race for the last address of a pool, on a network that loses requests and answers. */

import { deepEqual, equal, ok } from "node:assert/strict";
import type { CachedKind, KubeObject } from "../../api/meta.ts";
import { IPPOOLS } from "../../api/resources.ts";
import { type KubeClient, StatusError } from "../../kube/contract.ts";
import { IPPOOL_KIND, NETWORK_KIND, VMNETCFG_KIND } from "../../reconcile/kinds.ts";
import { VMNETCFG_FINALIZER } from "../../reconcile/names.ts";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { mulberry32 } from "../../../tests/support/harness/seeded_random.ts";
import { FreshCache } from "../runtime/fresh_cache.ts";
import { ippoolController } from "./ippool_controller.ts";
import { ObjectWriter } from "../runtime/object_writer.ts";
import { PoolViews } from "./pool_views.ts";

const ROUNDS = 1000;
const POOL = "default/ippool-1";
const ADDRESS = "192.168.48.82";
const MACS = ["52:54:00:00:00:01", "52:54:00:00:00:02", "52:54:00:00:00:03"];
const SIGNAL = new AbortController().signal;

/** The pool as the server has it, and what happens to requests on the way. */
class Server {
  pool: KubeObject = ippoolSample({
    metadata: { uid: "1", resourceVersion: "1" },
    pool: { start: "192.168.48.81", end: "192.168.48.82", exclude: undefined },
    ipv4Config: { router: "192.168.48.81" },
  });
  readonly versions: KubeObject[] = [];
  conflicts = 0;
  lostAnswers = 0;

  constructor(readonly random: () => number, readonly faultRate: () => number) {}

  client(): KubeClient {
    const client: Pick<KubeClient, "get" | "replace" | "mergePatch"> = {
      get: () => this.#answer(() => this.pool),
      replace: (_type, object) => {
        const sent = structuredClone(object);
        return this.#answer(() => this.#commit(sent, { ...this.pool, status: sent.status }));
      },
      mergePatch: (_type, _name, patch) => {
        const sent = patch as unknown as KubeObject;
        const metadata = { ...this.pool.metadata, ...sent.metadata };
        return this.#answer(() => this.#commit(sent, { ...this.pool, metadata }));
      },
    };
    return client as KubeClient;
  }

  #commit(sent: KubeObject, stored: KubeObject): KubeObject {
    const { resourceVersion } = this.pool.metadata;
    if (sent.metadata.resourceVersion !== resourceVersion) {
      this.conflicts++;
      throw new StatusError(409, "Conflict", "the object has been modified");
    }
    const metadata = { ...stored.metadata, resourceVersion: String(Number(resourceVersion) + 1) };
    this.pool = { ...stored, metadata };
    this.versions.push(this.pool);
    return this.pool;
  }

  async #answer(serve: () => KubeObject): Promise<KubeObject> {
    await this.#pause();
    if (this.random() < this.faultRate()) throw new Error("the connection was reset before");
    const answer = serve();
    await this.#pause();
    if (this.random() >= this.faultRate()) return structuredClone(answer);
    this.lostAnswers++;
    throw new Error("the connection was reset after the commit");
  }

  /** Some turns, so that requests of both overlap in every way. */
  async #pause(): Promise<void> {
    for (let turns = this.random() * 6; turns > 1; turns--) await Promise.resolve();
  }
}

/** @param marked MACs of the VMs whose finalizer it has seen: only these may be given an address. */
function makeAllocator(server: Server, clock: FakeClock, marked: readonly string[]) {
  const recorder = { record: () => {} };
  const client = server.client();
  const informerOf = <T>({ parse, indexes }: CachedKind<T>) => new FakeInformer(parse, indexes);
  const cacheOf = <T>(kind: CachedKind<T>) => new FreshCache(informerOf(kind), kind.parse);
  const pools = informerOf(IPPOOL_KIND);
  const vmnetcfgs = informerOf(VMNETCFG_KIND);
  const ippools = new FreshCache(pools, IPPOOL_KIND.parse);
  const controller = ippoolController({
    ippools: new ObjectWriter(client, IPPOOLS, ippools, recorder),
    networks: cacheOf(NETWORK_KIND),
    vmnetcfgs: new FreshCache(vmnetcfgs, VMNETCFG_KIND.parse),
    views: new PoolViews(ippools),
    labels: { drop: () => Promise.resolve() },
    agents: { observe: () => undefined },
    registry: new RecordingRegistry(),
    clock,
  });
  pools.put(server.pool);
  for (const macAddress of MACS) {
    const networkConfigs = [{ macAddress, networkName: "default/net-48" }];
    const metadata = {
      name: `vm-${macAddress.slice(-2)}`,
      uid: macAddress,
      finalizers: marked.includes(macAddress) ? [VMNETCFG_FINALIZER] : [],
    };
    vmnetcfgs.put(vmnetcfgSample({ metadata, spec: { networkConfigs } }));
  }
  return { pools, controller };
}

/** Reconciles as a control loop does: again after each failure, the watch being behind or not. */
async function allocate(server: Server, clock: FakeClock, marked = MACS): Promise<void> {
  const { pools, controller } = makeAllocator(server, clock, marked);
  for (;;) {
    try {
      const { requeueAfterMs = 0 } = await controller.reconcile(POOL, SIGNAL);
      if (requeueAfterMs === 0) return;
      await clock.advance(requeueAfterMs);
    } catch {
      if (server.random() < 0.5) pools.put(server.pool);
    }
  }
}

function ownerIn({ status }: KubeObject): string | undefined {
  const { ipv4 } = (status ?? {}) as { ipv4?: { allocated?: Record<string, string> } };
  return ipv4?.allocated?.[ADDRESS];
}

Deno.test("two allocators that race for the last address give it to one, for good, in 1,000 rounds", async () => {
  let conflicts = 0;
  let lostAnswers = 0;
  const winners = new Set<string>();
  for (let round = 1; round <= ROUNDS; round++) {
    let faultRate = 0.3;
    const server = new Server(mulberry32(round), () => faultRate);
    const clock = new FakeClock();
    // Each has seen the finalizers of other VMs, so that each would choose another one.
    const [first, ...others] = MACS;
    await Promise.all([allocate(server, clock, [first!]), allocate(server, clock, others)]);
    winners.add(ownerIn(server.pool) ?? "");
    const owners = new Set(server.versions.map(ownerIn).filter((owner) => owner !== undefined));
    equal(owners.size, 1, `one owner through all versions, round ${round}`);
    ok(MACS.includes([...owners][0]!), `a VM, round ${round}`);
    equal(ownerIn(server.pool), [...owners][0], `it is not lost, round ${round}`);

    faultRate = 0;
    const before = server.versions.length;
    await allocate(server, clock);
    deepEqual(server.versions.slice(before), [], `a third one has nothing to write, ${round}`);
    conflicts += server.conflicts;
    lostAnswers += server.lostAnswers;
  }
  ok(winners.size > 1, `each wins sometimes: ${[...winners]}`);
  ok(conflicts > ROUNDS / 10, `they did race: ${conflicts} conflicts`);
  ok(lostAnswers > ROUNDS / 10, `answers got lost: ${lostAnswers}`);
});
