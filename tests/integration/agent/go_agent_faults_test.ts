/** What the agent of the Go version did wrong when its pool changed, on the wire. */

import assert from "node:assert/strict";
import { IPPOOLS } from "../../../lib/api/resources.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { clientFrame, mac } from "../../support/dhcp/dhcp_packets.ts";
import { optionOf, readReply, type Reply } from "../../support/dhcp/dhcp_replies.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { createVethPair } from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";
import { type AgentProcess, AgentScene } from "../../support/process/agent_process.ts";

const [M1, M2, M3] = ["fa:cf:8e:50:82:01", "fa:cf:8e:50:82:02", "fa:cf:8e:50:82:03"] as const;
const [X, Y] = ["192.168.48.82", "192.168.48.83"] as const;

type Bindings = Readonly<Record<string, string>>;

/** An agent on a cable, and the pool that it serves. */
class WireScene implements AsyncDisposable {
  readonly #cleanUp = new AsyncDisposableStack();
  #pool: KubeObject | undefined;
  #xid = 0;

  private constructor(
    readonly scene: AgentScene,
    readonly link: RawLink,
    readonly agent: AgentProcess,
  ) {}

  /** @param bindings Of a pool that is there before the agent starts. */
  static async create(bindings: Bindings, status: JsonObject = {}): Promise<WireScene> {
    const cleanUp = new AsyncDisposableStack();
    const scene = cleanUp.use(await AgentScene.create());
    const pool = await scene.createPool(bindings, {}, status);
    const pair = cleanUp.use(await createVethPair());
    const link = cleanUp.use(new RawLink(pair.peerName));
    const agent = cleanUp.use(
      scene.start("up", { args: ["--dry-run=false", `--nic=${pair.name}`, "--debug"] }),
    );
    await agent.until("/readyz", /^\{"ok":true\}\n$/);
    const wire = new WireScene(scene, link, agent);
    wire.#pool = pool;
    wire.#cleanUp.use(cleanUp);
    return wire;
  }

  /** Changes the bindings, or the configuration; resolves when the agent has a table of it. */
  async change(bindings: Bindings, ipv4Config?: JsonObject): Promise<void> {
    let pool = this.#pool!;
    if (ipv4Config !== undefined) {
      const spec = pool["spec"] as JsonObject;
      const merged = { ...spec["ipv4Config"] as JsonObject, ...ipv4Config };
      pool = await this.scene.world.client.replace(IPPOOLS, {
        ...pool,
        spec: { ...spec, ipv4Config: merged },
      });
    }
    this.#pool = await this.scene.bind(pool, bindings);
    const { resourceVersion } = this.#pool.metadata;
    await waitUntil(
      () =>
        this.agent.log.entries("lease table replaced").some((line) =>
          line["resourceVersion"] === resourceVersion
        ) || undefined,
      {
        what: `a table of version ${resourceVersion}`,
        explain: () => this.agent.log.tail(),
      },
    );
  }

  /** The reply to a DISCOVER; `undefined` for silence, known by the log. */
  async discover(client: string): Promise<Reply | undefined> {
    const before = this.agent.log.entries("packet").length;
    const xid = ++this.#xid;
    this.link.send(clientFrame({ mac: mac(client), xid }));
    await waitUntil(() => this.agent.log.entries("packet").length > before || undefined, {
      what: "a line about the packet",
      explain: () => this.agent.log.tail(),
    });
    if (this.agent.log.entries("packet").at(-1)?.["outcome"] !== "offer") return undefined;
    return readReply(await this.link.receive((frame) => isReply(frame, xid)));
  }

  async offered(client: string): Promise<string | undefined> {
    return (await this.discover(client))?.yiaddr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanUp.disposeAsync();
  }
}

function isReply(frame: Uint8Array, xid: number): boolean {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  return frame.length > 282 && view.getUint16(36) === 68 && view.getUint32(46) === xid;
}

function wireTest(name: string, run: () => Promise<void>): Promise<void> {
  return integrationTest({ name, needs: ["namespaces"], run });
}

await wireTest(
  "an agent serves a pool that never changes (A1), while CacheReady is False (A7)",
  async () => {
    const conditions = [{ type: "CacheReady", status: "False", reason: "NotInitialized" }];
    await using wire = await WireScene.create({ [X]: M1 }, { conditions });
    assert.equal(await wire.offered(M1), X);
  },
);

await wireTest("an address that gets another MAC is offered to that one alone (A4)", async () => {
  await using wire = await WireScene.create({ [X]: M1 });
  await wire.change({ [X]: M2 });
  assert.deepEqual([await wire.offered(M1), await wire.offered(M2)], [undefined, X]);
  await wire.change({ [Y]: M2, [X]: M1 });
  assert.deepEqual([await wire.offered(M1), await wire.offered(M2)], [X, Y]);
});

await wireTest(
  "no history of bindings keeps an agent from following the next (A5, A8)",
  async () => {
    await using wire = await WireScene.create({ [X]: M1 });
    await wire.change({ [X]: M2 });
    await wire.change({ [X]: "nonsense", nonsense: M1 });
    await wire.change({});
    await wire.change({ [Y]: M3 });
    assert.deepEqual([await wire.offered(M1), await wire.offered(M3)], [undefined, Y]);
  },
);

await wireTest("an edit of the options is in the next reply to a known client (A6)", async () => {
  await using wire = await WireScene.create({ [X]: M1 });
  assert.deepEqual([...optionOf((await wire.discover(M1))!, 6)!], [1, 1, 1, 1]);
  await wire.change({ [X]: M1 }, { dns: ["9.9.9.9"], leaseTime: 600 });
  const reply = (await wire.discover(M1))!;
  assert.deepEqual([...optionOf(reply, 6)!], [9, 9, 9, 9]);
  assert.deepEqual([...optionOf(reply, 51)!], [0, 0, 2, 88]);
});
