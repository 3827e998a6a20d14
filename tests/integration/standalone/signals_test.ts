/** Signals that come as early as the process can catch any. */

import assert from "node:assert/strict";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import {
  type ProgramForm,
  PROGRAMS,
  StandaloneProcess,
} from "../../support/process/standalone_process.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { VmNetwork } from "../../support/network/vm_network.ts";

const SIGTERM_NUMBER = 15n;
const FORMS: readonly ProgramForm[] = ["source", "executable"];
/**
 * Milliseconds after the first moment: while modules are loaded, the database is opened and so on. Not
 * the first ones, as the runtime tells the kernel of all three signals with the first listener.
 */
const DELAYS = [30, 40, 60, 80, 120, 160, 240, 320];

/** Whether the runtime of a program catches signals before the program does, as since Deno 2.9. */
async function isCaughtByRuntime(form: ProgramForm): Promise<boolean> {
  const [program, ...args] = PROGRAMS[form];
  const { stdout } = await new Deno.Command(program!, { args: [...args, "version"] }).output();
  const [, minor] = /deno 2\.(\d+)\./.exec(new TextDecoder().decode(stdout))!;
  return Number(minor) >= 9;
}

/**
 * Resolves when the program has taken its signals over: the kernel says so (`SigCgt` in proc(5)), or, where
 * the runtime hides that, the first line of the log.
 */
async function untilCatching({ pid, log }: StandaloneProcess, isHidden: boolean): Promise<void> {
  if (isHidden) {
    await waitUntil(() => log.lines[0], { what: "the first line of the log" });
    return;
  }
  for (;;) {
    // Before it is that program, it is a copy of this process, with its handlers.
    const isProgram = (await Deno.readTextFile(`/proc/${pid}/cmdline`)).includes("--data-dir");
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    const caught = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
    if (isProgram && caught >> (SIGTERM_NUMBER - 1n) & 1n) return;
  }
}

/** Starts the program again for each delay, and calls back when that is over. */
async function atEachMoment(
  form: ProgramForm,
  use: (standalone: StandaloneProcess, moment: string) => Promise<void>,
): Promise<void> {
  const isHidden = await isCaughtByRuntime(form);
  for (const delayMs of DELAYS) {
    await using network = await VmNetwork.create();
    await using standalone = new StandaloneProcess({ ...network.options(), form });
    await untilCatching(standalone, isHidden);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await use(standalone, `${delayMs} ms`);
  }
}

async function endsWell(standalone: StandaloneProcess, moment: string): Promise<void> {
  standalone.signal("SIGTERM");
  const { code, signal } = await standalone.ended();
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, moment);
}

for (const form of FORMS) {
  const needs = ["namespaces", ...(form === "executable" ? [form] as const : [])] as const;

  await integrationTest({
    name: `SIGHUP during a start does not end standalone, from ${form}`,
    needs,
    run: () =>
      atEachMoment(form, async (standalone, moment) => {
        standalone.signal("SIGHUP");
        await standalone.ready();
        await endsWell(standalone, moment);
      }),
  });

  await integrationTest({
    name: `SIGTERM during a start ends standalone with 0 and without a word, from ${form}`,
    needs,
    run: () =>
      atEachMoment(form, async (standalone, moment) => {
        await endsWell(standalone, moment);
        assert.doesNotMatch(standalone.errors(), /error|at /i, moment);
      }),
  });
}

await integrationTest({
  name: "a storm of SIGHUPs applies the manifests a few times, the last one after the last signal",
  needs: ["namespaces"],
  run: async () => {
    await using network = await VmNetwork.create();
    const file = `${network.folder}/pool.json`;
    await Deno.writeTextFile(file, JSON.stringify(ippoolSample()));
    const standalone = await network.standalone({ args: ["--manifests", file] });
    using api = await standalone.api();
    const signals = 100;
    for (let i = 1; i < signals; i++) standalone.signal("SIGHUP");
    const pool = ippoolSample({ ipv4Config: { dns: ["9.9.9.9"] } });
    await Deno.writeTextFile(file, JSON.stringify(pool));
    standalone.signal("SIGHUP");
    await waitUntil(async () => {
      const { spec } = await api.get("ippools", "ippool-1");
      return JSON.stringify(spec).includes("9.9.9.9") || undefined;
    }, {
      what: "the last version of the manifest",
      explain: () => standalone.log.tail(),
    });
    const runs = standalone.log.entries("manifests applied").length;
    assert.ok(runs <= signals / 4, `${runs} runs`);
  },
});
