import assert from "node:assert/strict";

const MODULE = new URL("./unhandled_errors.ts", import.meta.url);
const RUN = new URL("../run.ts", import.meta.url);
const CONFIG = new URL("../../deno.json", import.meta.url);

async function outcomeOf(program: string) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-all", "--no-check", "--quiet", "--ext=ts", `--config=${CONFIG.pathname}`],
      `data:application/typescript,${encodeURIComponent(program)}`,
      "bug",
    ],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout), errors: decoder.decode(stderr) };
}

const SURVIVE = `
  import { surviveUnhandledErrors } from "${MODULE}";
  const counts = { inc: (_labels, by = 1) => total += by };
  let total = 0;
  const log = { log: (level, msg, fields) => console.log(level, msg, fields.error.message) };
  surviveUnhandledErrors(log, { counter: () => counts });
`;

const FAULTS: readonly (readonly [name: string, source: string])[] = [
  ["a promise that is rejected", "Promise.reject(new Error('boom'));"],
  ["a promise that is rejected without an error", "Promise.reject('boom');"],
  ["a timer that throws", "setTimeout(() => { throw new Error('boom'); });"],
  ["a microtask that throws", "queueMicrotask(() => { throw new Error('boom'); });"],
  ["a tick of Node that throws", "process.nextTick(() => { throw new Error('boom'); });"],
  ["a timer of Node that throws", "nodeTimeout(() => { throw new Error('boom'); }, 1);"],
  [
    "an error event of Node that nobody listens to",
    "setTimeout(() => new EventEmitter().emit('error', new Error('boom')));",
  ],
  [
    "a listener that throws",
    "const t = new EventTarget(); t.addEventListener('x', () => { throw new Error('boom'); });" +
    "t.dispatchEvent(new Event('x'));",
  ],
  [
    "a listener of an abort that throws",
    "const c = new AbortController(); c.signal.onabort = () => { throw new Error('boom'); };" +
    "c.abort();",
  ],
];

for (const [name, source] of FAULTS) {
  Deno.test(`a process goes on after ${name}, which is logged and counted`, async () => {
    const { code, output, errors } = await outcomeOf(`
      import { EventEmitter } from "node:events";
      import { setTimeout as nodeTimeout } from "node:timers";
      import process from "node:process";
      ${SURVIVE}
      ${source}
      await new Promise((resolve) => setTimeout(resolve, 50));
      console.log("goes on,", total);
    `);
    assert.deepEqual([code, errors], [0, ""]);
    assert.match(output, /^error unhandled error .*boom\ngoes on, 1\n$/);
  });
}

Deno.test("a process counts all of a thousand errors that nobody handles, and logs the first", async () => {
  const { code, output } = await outcomeOf(`
    ${SURVIVE}
    for (let i = 0; i < 1000; i++) Promise.reject(new Error("boom"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    console.log("goes on,", total);
  `);
  assert.equal(code, 0);
  assert.match(output, /^(error unhandled error boom\n){20,21}goes on, 1000\n$/);
});

Deno.test("a command that throws still ends its process with status 1 and says where", async () => {
  const { code, errors } = await outcomeOf(`
    import { COMMANDS, run } from "${RUN}";
    ${SURVIVE}
    function failsHere() { throw new TypeError("boom"); }
    const command = { name: "bug", flags: {}, permissions: ["read"], run: async () => failsHere() };
    COMMANDS.push({ name: "bug", load: async () => command });
    Deno.exit(await run({ shutdown: new AbortController().signal, onHangup: () => {} }));
  `);
  assert.equal(code, 1);
  assert.match(errors, /^vm-dhcp bug: internal error: TypeError: boom\n +at failsHere /);
});
