import assert from "node:assert/strict";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import { createHash } from "node:crypto";
import { finish, Turns } from "../../base/turns.ts";
import {
  formatSnapshot,
  jsonInSteps,
  poolTextOf,
  readSnapshot,
  type SnapshotFormat,
} from "./snapshot_text.ts";

const NOW_MS = Date.UTC(2024, 0, 1);
const MINUTE_MS = 60_000;
const FORMAT: SnapshotFormat = {
  poolKey: "default/ippool-1",
  sha256: (text) => Promise.resolve(createHash("sha256").update(text).digest("hex")),
};
const turns = new Turns({ monotonicMs: () => 0, sleep: () => Promise.resolve() });

function read(text: string, nowMs = NOW_MS) {
  return readSnapshot(FORMAT, text, { nowMs, turns });
}

const POOL = ippoolSample({
  metadata: { uid: "u", annotations: { "a": 'x"\n\u2028', __proto__: "y" } },
  status: { ipv4: { allocated: { "192.168.48.82": "fa:cf:8e:50:82:fc" }, used: 1, available: 7 } },
});

Deno.test("jsonInSteps() gives what JSON.stringify() gives, in several steps when it is long", () => {
  const values = [POOL, {}, { a: {}, b: [], c: null, d: [{ e: 1 }] }, {
    a: { b: { c: { d: { e: 1 } } } },
  }];
  for (const value of values) assert.equal(finish(jsonInSteps(value)), JSON.stringify(value));
  const many = {
    map: Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, `v${i}`])),
  };
  const steps = jsonInSteps(many);
  let taken = 0;
  let step = steps.next();
  for (; !step.done; step = steps.next()) taken++;
  assert.equal(step.value, JSON.stringify(many));
  assert.ok(taken >= 3, `${taken} steps`);
});

Deno.test("readSnapshot() reads what formatSnapshot() made", async () => {
  const text = await formatSnapshot(FORMAT, NOW_MS, JSON.stringify(POOL));
  assert.deepEqual(await read(text), { takenMs: NOW_MS, object: JSON.parse(JSON.stringify(POOL)) });
  assert.equal(await poolTextOf(FORMAT, text), JSON.stringify(POOL));
});

Deno.test("readSnapshot() refuses every text that is a part of a snapshot, or differs in one octet", async () => {
  const text = await formatSnapshot(FORMAT, NOW_MS, JSON.stringify(POOL));
  for (let at = 0; at < text.length; at++) {
    await assert.rejects(read(text.slice(0, at)), `${at} octets`);
    const other = text[at] === "0" ? "1" : "0";
    const changed = text.slice(0, at) + other + text.slice(at + 1);
    await assert.rejects(read(changed), `octet ${at}: ${changed.slice(at - 9, at + 9)}`);
    assert.equal(await poolTextOf(FORMAT, changed), undefined);
  }
});

const REFUSED: readonly (readonly [name: string, text: () => Promise<string>, why: RegExp])[] = [
  [
    "of the future",
    () => formatSnapshot(FORMAT, NOW_MS + 6 * MINUTE_MS, JSON.stringify(POOL)),
    /^it is of 2024-01-01T00:06:00Z, which is in the future/,
  ],
  [
    "of another pool",
    () => formatSnapshot({ ...FORMAT, poolKey: "default/x" }, NOW_MS, JSON.stringify(POOL)),
    /^it is of ippool default\/x$/,
  ],
  [
    "with another pool in it",
    () => formatSnapshot(FORMAT, NOW_MS, JSON.stringify(ippoolSample({ metadata: { name: "x" } }))),
    /^it holds ippool default\/x$/,
  ],
  ["with no object in it", () => formatSnapshot(FORMAT, NOW_MS, "7"), /^it holds ippool \/$/],
  ["with no JSON in it", () => formatSnapshot(FORMAT, NOW_MS, "{"), /./],
  ["without a format", () => Promise.resolve("{}\n{}\n"), /^it names no format$/],
];

for (const [name, text, why] of REFUSED) {
  Deno.test(`readSnapshot() refuses a snapshot ${name}`, async () => {
    await assert.rejects(read(await text()), (error: Error) => why.test(error.message));
  });
}

Deno.test("readSnapshot() reads a snapshot of a clock that was a little ahead, and an old one", async () => {
  for (const takenMs of [NOW_MS + 4 * MINUTE_MS, 0]) {
    const text = await formatSnapshot(FORMAT, takenMs, JSON.stringify(POOL));
    assert.equal((await read(text)).takenMs, takenMs);
  }
});
