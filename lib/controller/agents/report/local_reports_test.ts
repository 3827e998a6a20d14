import assert from "node:assert/strict";
import { ippoolSample } from "../../../../tests/support/apiserver/samples.ts";
import { FakeClock, settle } from "../../../../tests/support/clocks/fake_clock.ts";
import { QUIET_WIRE } from "../../../../tests/support/controller/agent_worlds.ts";
import { FakeInformer } from "../../../../tests/support/kube/fake_informer.ts";
import type { EventNote } from "../../../kube/contract.ts";
import type { AgentReport } from "../../../reconcile/agent_report.ts";
import { IPPOOL_KIND, VMNETCFG_KIND } from "../../../reconcile/kinds.ts";
import { LocalReports } from "./local_reports.ts";

const POOL = "default/ippool-1";

Deno.test("LocalReports makes a condition and an Event of what an agent of this process sees, within seconds", async () => {
  const clock = new FakeClock();
  const ippools = new FakeInformer(IPPOOL_KIND.parse, IPPOOL_KIND.indexes);
  ippools.put(ippoolSample());
  const events: EventNote[] = [];
  const changed: string[] = [];
  let report: AgentReport = {
    ...{ pool: POOL, instance: "standalone", startedAt: "2023-12-31T00:00:00Z" },
    ...QUIET_WIRE,
  };
  const reports = new LocalReports({ reports: () => [[POOL, report] as const] }, {
    ippools,
    vmnetcfgs: new FakeInformer(VMNETCFG_KIND.parse, VMNETCFG_KIND.indexes),
    clock,
    recorder: { record: (event) => void events.push(event) },
    onChange: (key) => void changed.push(key),
  });
  const stop = new AbortController();
  const running = reports.run(stop.signal);
  await settle();
  assert.equal(reports.observe(POOL).network, "notYet");
  const lastTime = new Date(clock.nowMs()).toISOString().replace(/\.\d+/, "");
  const server = { serverIdentifier: "192.168.48.9", mac: "52:54:00:00:00:99", won: 1, seen: 0 };
  report = { ...report, otherServers: [{ ...server, lastTime }] };
  await clock.advance(5000);
  const { network } = reports.observe(POOL);
  assert.ok(network !== "notYet" && network.reason === "OtherServer", JSON.stringify(network));
  assert.deepEqual(events.map(({ reason }) => reason), ["OtherServer"]);
  assert.deepEqual(changed, [POOL]);
  stop.abort();
  await clock.advance(5000);
  await running;
});
