import assert from "node:assert/strict";
import type { AgentStatus } from "../../lib/reconcile/agent_status.ts";
import { FakeClock, settle } from "../../tests/support/clocks/fake_clock.ts";
import { CommandError } from "../cli/command.ts";
import { requireInterface } from "./interface_wait.ts";

const MISSING = { ready: false, reason: "InterfaceNotFound", message: "interface eth1 is missing" };
const SERVING = { ready: true, reason: "Serving", message: "serving on interface eth1" };

function wait(agent: { interfaceStatus: AgentStatus }, waitMs: number) {
  const clock = new FakeClock();
  const stop = new AbortController();
  return { clock, stop, waiting: requireInterface({ agent, waitMs, clock, signal: stop.signal }) };
}

Deno.test("requireInterface() refuses an interface that is not there when it must not wait", async () => {
  const { clock, waiting } = wait({ interfaceStatus: MISSING }, 0);
  const refused = assert.rejects(
    waiting,
    new CommandError("gave up after 0 s: interface eth1 is missing"),
  );
  await clock.advance(100);
  await refused;
});

Deno.test("requireInterface() takes an interface that comes in time", async () => {
  const agent = { interfaceStatus: MISSING as AgentStatus };
  const { clock, waiting } = wait(agent, 5000);
  await clock.advance(4900);
  agent.interfaceStatus = SERVING;
  await clock.advance(1000);
  await waiting;
});

Deno.test("requireInterface() gives up when the time is over", async () => {
  const { clock, waiting } = wait({ interfaceStatus: MISSING }, 5000);
  const refused = assert.rejects(waiting, /^CommandError: gave up after 5 s: interface eth1/);
  await clock.advance(5000);
  await refused;
});

Deno.test("requireInterface() waits as long when somebody sets the host's clock", async () => {
  for (const wallSkewMs of [3_600_000, -3_600_000]) {
    const { clock, waiting } = wait({ interfaceStatus: MISSING }, 5000);
    const refused = assert.rejects(waiting, /^CommandError: gave up after 5 s/);
    await clock.advance(100);
    clock.wallSkewMs = wallSkewMs;
    await clock.advance(4800);
    assert.equal(clock.sleeping, 1);
    await clock.advance(100);
    assert.equal(clock.sleeping, 0);
    await refused;
  }
});

Deno.test("requireInterface() ends with the process", async () => {
  const { stop, waiting } = wait({ interfaceStatus: MISSING }, 5000);
  await settle();
  stop.abort();
  await waiting;
});
