import assert from "node:assert/strict";
import { answerFrame } from "../../lib/dhcpv4/answer.ts";
import { SERVER_MAC } from "../support/dhcp/dhcp_packets.ts";
import { hexOf } from "../support/dhcp/dhcp_replies.ts";
import { runFuzz } from "./fuzz_run.ts";
import { HeapWatch } from "./heap_watch.ts";
import { violationOf } from "./invariants.ts";
import { assemble, EVIL_LENGTHS, repair } from "./mutations.ts";
import { FULL_POOL, PLAIN_POOL } from "./pools.ts";
import { SeededRandom } from "./random.ts";
import { STIMULI, type Stimulus } from "./stimuli.ts";

/** Answers the packet in every pool and checks what must hold. */
function check(packet: Uint8Array, what: string): void {
  for (const table of [PLAIN_POOL, FULL_POOL]) {
    const frame = { bytes: packet, packetType: 1, checksumReady: false };
    const answer = answerFrame(frame, { table, macAddress: SERVER_MAC, mtuBytes: 1500 });
    const violation = violationOf({ request: packet, answer, table, serverMac: SERVER_MAC });
    assert.equal(violation, undefined, `${what}: ${hexOf(packet)}`);
  }
}

function checkEach(damage: (stimulus: Stimulus) => Iterable<Stimulus>, what: string): number {
  let count = 0;
  for (const stimulus of STIMULI) {
    for (const damaged of damage(stimulus)) {
      check(repair(assemble(damaged)), what);
      count++;
    }
  }
  return count;
}

Deno.test("every packet of the scenarios keeps the invariants undamaged", () => {
  assert.ok(checkEach((stimulus) => [stimulus], "undamaged") >= 80);
});

Deno.test("every packet of the scenarios keeps the invariants cut off at every octet", () => {
  for (const stimulus of STIMULI) {
    const whole = assemble(stimulus);
    for (let length = 0; length < whole.length; length++) {
      check(whole.slice(0, length), `${length} octets`);
      check(repair(whole.slice(0, length)), `${length} octets, lengths made right`);
    }
  }
});

Deno.test("every packet of the scenarios keeps the invariants with any length octet evil", () => {
  checkEach(function* (stimulus) {
    for (const [at, option] of stimulus.options.entries()) {
      for (const length of EVIL_LENGTHS) {
        const evil = option.with(1, length);
        yield { ...stimulus, options: stimulus.options.with(at, evil) };
      }
    }
  }, "evil length");
});

Deno.test("every packet of the scenarios keeps the invariants with any option twice", () => {
  checkEach(function* (stimulus) {
    for (const option of stimulus.options) {
      yield { ...stimulus, options: [...stimulus.options, option] };
      yield { ...stimulus, options: [option, ...stimulus.options] };
    }
  }, "twice");
});

Deno.test("every packet of the scenarios is answered alike with its options in another order", () => {
  for (const stimulus of STIMULI) {
    const codes = stimulus.options.map((option) => option[0]);
    const hasPieces = new Set(codes).size < codes.length;
    if (hasPieces) continue;
    const context = { table: FULL_POOL, macAddress: SERVER_MAC, mtuBytes: 1500 };
    const [first, second] = [stimulus.options, stimulus.options.toReversed()].map((options) => {
      const bytes = repair(assemble({ ...stimulus, options }));
      return answerFrame({ bytes, packetType: 1, checksumReady: false }, context).replies.map(
        hexOf,
      );
    });
    assert.deepEqual(first, second);
  }
});

Deno.test("a million damaged packets keep the invariants and leave nothing behind", () => {
  const packets = 1_000_000;
  const heap = new HeapWatch(packets);
  const { outcomes, failure } = runFuzz({
    seed: 20_240_229,
    packets,
    onProgress: (done) => heap.sample(done),
  });
  assert.equal(failure && `${failure.violation}: ${hexOf(failure.packet)}`, undefined);
  assert.equal([...outcomes.values()].reduce((sum, count) => sum + count), packets);
  for (const outcome of ["offer", "ack", "informAck", "nak", "unknownMac", "optionOverrun"]) {
    assert.ok(outcomes.get(outcome)! > 1000, `${outcome} was reached`);
  }
  assert.ok(!heap.hasGrown(), `the heap grew by ${heap.growthMb()} MB`);
});

Deno.test("SeededRandom repeats itself for the same seed and spreads over the range", () => {
  const draw = (seed: number) => {
    const random = new SeededRandom(seed);
    return Array.from({ length: 1000 }, () => random.below(10));
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  assert.deepEqual([...new Set(draw(7))].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("the manual names every outcome that a packet can have", () => {
  const manual = Deno.readTextFileSync(new URL("../../docs/answers.md", import.meta.url));
  const { outcomes } = runFuzz({ seed: 7, packets: 100_000 });
  assert.ok(outcomes.size >= 30);
  for (const outcome of outcomes.keys()) {
    assert.ok(manual.includes(`\`${outcome}\``), `${outcome} stands in docs/answers.md`);
  }
});
