import assert from "node:assert/strict";
import { LineWriter } from "./line_writer.ts";

const LIMITS = { stuckMs: 5, ms: 1000 } as const;

function noteOf(leftOut: number): string {
  return `${leftOut} left out`;
}

/** An output that takes nothing until it is told to, and remembers what it took. */
class SlowSink {
  text = "";
  writes = 0;
  #gate = Promise.withResolvers<void>();
  /** What the next writes do, one each; then they take everything. */
  readonly outcomes: (number | Error)[] = [];

  open(): void {
    this.#gate.resolve();
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.writes++;
    await this.#gate.promise;
    const outcome = this.outcomes.shift() ?? bytes.length;
    if (outcome instanceof Error) throw outcome;
    this.text += new TextDecoder().decode(bytes.subarray(0, outcome));
    return Math.min(outcome, bytes.length);
  }
}

function writerOn(sink: SlowSink, waitingCharsMax = 1000): LineWriter {
  return new LineWriter(sink, { noteOf, waitingCharsMax });
}

Deno.test("a line writer lets nothing through that steers the terminal", async () => {
  const sink = new SlowSink();
  const writer = writerOn(sink);
  writer.write("two\n\tlines \u001b]0;x\u0007\u009b31m\u202e");
  writer.write(JSON.stringify({ name: "\u009b\u202e" }));
  sink.open();
  await writer.flush(LIMITS);
  const [first, second, third = ""] = sink.text.split("\n");
  assert.deepEqual([first, second], ["two", "\tlines \\u001b]0;x\\u0007\\u009b31m\\u202e"]);
  assert.deepEqual(JSON.parse(third), { name: "\u009b\u202e" });
});

Deno.test("a line writer keeps the order of lines that wait for the reader", async () => {
  const sink = new SlowSink();
  const writer = writerOn(sink);
  for (let line = 0; line < 10; line++) writer.write(`line ${line}`);
  sink.open();
  await writer.flush(LIMITS);
  assert.equal(sink.text, Array.from({ length: 10 }, (_, line) => `line ${line}\n`).join(""));
  assert.equal(writer.leftOut, 0);
});

Deno.test("a reader that stops costs lines and bounded memory, and is told how many once it goes on", async () => {
  const sink = new SlowSink();
  const writer = writerOn(sink);
  for (let line = 0; line < 100_000; line++) writer.write("0123456789");
  const leftOut = writer.leftOut;
  assert.ok(leftOut > 99_000, String(leftOut));
  assert.equal(sink.writes, 1);
  sink.open();
  await writer.flush(LIMITS);
  const lines = sink.text.trimEnd().split("\n");
  assert.equal(lines.filter((line) => line === "0123456789").length, 100_000 - leftOut);
  assert.equal(lines.filter((line) => line === `${leftOut} left out`).length, 1);
  writer.write("next");
  await writer.flush(LIMITS);
  assert.match(sink.text, /\nnext\n$/);
});

Deno.test("details that nobody reads leave room for warnings", async () => {
  const sink = new SlowSink();
  const writer = writerOn(sink);
  for (let line = 0; line < 1000; line++) writer.write("a packet", true);
  writer.write("a warning");
  sink.open();
  await writer.flush(LIMITS);
  assert.match(sink.text, /a warning\n/);
});

Deno.test("a flush does not wait for a reader that has stopped", async () => {
  const writer = writerOn(new SlowSink());
  writer.write("line");
  await writer.flush(LIMITS);
});

Deno.test("a flush waits for a reader that is slow but reads", async () => {
  const sink = new SlowSink();
  sink.open();
  sink.outcomes.push(...Array.from({ length: 50 }, () => 1));
  const writer = writerOn(sink);
  writer.write("x".repeat(60));
  await writer.flush(LIMITS);
  assert.equal(sink.text, `${"x".repeat(60)}\n`);
});

for (
  const error of [
    new Deno.errors.BrokenPipe("EPIPE"),
    new Error("No space left on device (os error 28)"),
  ]
) {
  Deno.test(`lines that fail with "${error.message}" are counted, and writing goes on`, async () => {
    const sink = new SlowSink();
    sink.open();
    const writer = writerOn(sink);
    sink.outcomes.push(error);
    writer.write("lost");
    await writer.flush(LIMITS);
    assert.equal(writer.leftOut, 1);
    writer.write("kept");
    await writer.flush(LIMITS);
    assert.equal(sink.text, "kept\n1 left out\n");
  });
}

Deno.test("a line that broke off does not run into the next one", async () => {
  const sink = new SlowSink();
  sink.open();
  sink.outcomes.push(3, new Error("disk full"));
  const writer = writerOn(sink);
  writer.write("broken");
  await writer.flush(LIMITS);
  writer.write("whole");
  await writer.flush(LIMITS);
  assert.equal(sink.text, "bro\nwhole\n1 left out\n");
});

Deno.test("an output that is non-blocking and full is tried again", async () => {
  const sink = new SlowSink();
  sink.open();
  sink.outcomes.push(2, new Deno.errors.WouldBlock("EAGAIN"));
  const writer = writerOn(sink);
  writer.write("line");
  await writer.flush({ stuckMs: 1000, ms: 10_000 });
  assert.equal(sink.text, "line\n");
  assert.equal(writer.leftOut, 0);
});
