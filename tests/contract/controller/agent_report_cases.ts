/** What agents that a controller deploys see: from their reports to conditions and Events. */

import assert from "node:assert/strict";
import { objectAt, stringAt } from "../../../lib/base/json.ts";
import { IPPOOLS, PODS, SECRETS } from "../../../lib/api/resources.ts";
import { ClusterReportSecrets } from "../../../cmd/compose/reports/report_secrets.ts";
import type { ReportRequest } from "../../../lib/controller/agents/report/report_source.ts";
import { StatusError } from "../../../lib/kube/contract.ts";
import type { AgentReport } from "../../../lib/reconcile/agent_report.ts";
import type { ControllerCase } from "./controller_cases.ts";
import { QUIET_WIRE } from "../../support/controller/agent_worlds.ts";
import {
  conditionMessageOf,
  conditionOf,
  macOf,
  makeVm,
  untilCondition,
} from "../../support/controller/controller_objects.ts";
import { type ControllerWorld, untilEvent } from "../../support/controller/controller_world.ts";
import {
  agentNameIn,
  deployAgents,
  deployAnsweringAgents,
  makePoolOnNodes,
} from "../../support/controller/deployed_agents.ts";
import { StandInAgents } from "../../support/controller/stand_in_agents.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

const ADDRESS = "192.168.48.82";
const OTHER = "52:54:00:99:99:99";

/** Agents that see another host with the address of a VM. */
class SeeingAgents {
  readonly asked: ReportRequest[] = [];
  readonly secrets: ClusterReportSecrets;

  constructor(readonly world: ControllerWorld) {
    const { client, namespace } = world;
    this.secrets = new ClusterReportSecrets({ client, namespace, clock: { nowMs: Date.now } });
  }

  readonly fetchReport = async (request: ReportRequest): Promise<string> => {
    this.asked.push(request);
    const { items } = await this.world.client.list(PODS, { namespace: this.world.namespace });
    const pod = items.find(({ status }) => stringAt(status, "podIP") === request.ip);
    return JSON.stringify(this.reportOf(pod!.metadata.name));
  };

  reportOf(instance: string): AgentReport {
    return reportOf(this.world, instance);
  }
}

/** Agents that serve from their snapshots. */
class StaleAgents extends SeeingAgents {
  override reportOf(instance: string): AgentReport {
    return {
      ...super.reportOf(instance),
      addressConflicts: [],
      resourceVersion: "7",
      staleSince: "2026-01-01T00:00:00Z",
    };
  }
}

function reportOf({ namespace }: ControllerWorld, instance: string): AgentReport {
  return {
    pool: `${namespace}/ippool-1`,
    instance,
    startedAt: "2026-01-01T00:00:00Z",
    ...QUIET_WIRE,
    addressConflicts: [{
      address: ADDRESS,
      mac: macOf(1),
      otherMac: OTHER,
      how: "arp",
      count: 3,
      lastTime: `${new Date().toISOString().slice(0, 19)}Z`,
    }],
  };
}

export const AGENT_REPORT_CASES: readonly ControllerCase[] = [
  {
    name: "tells users of a pool and of a VM which other host has the address of the VM",
    async run(world) {
      await using _agents = new StandInAgents(world.client, world.namespace);
      const reports = new SeeingAgents(world);
      const controller = await deployAgents(world, {}, reports);
      await makePoolOnNodes(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilCondition(world, "vm-1", "Allocated True");
      const pool = await world.until(IPPOOLS, "ippool-1", {
        what: "the conflict",
        holds: (object) => conditionOf(object, "NetworkClear") === "False AddressConflict",
      });
      assert.match(
        conditionMessageOf(pool, "NetworkClear"),
        new RegExp(`${ADDRESS}, bound to ${macOf(1)}, is used by host ${OTHER} as well`),
      );
      assert.equal(conditionOf(pool, "AgentReady"), "True");
      assert.equal(conditionOf(pool, "Ready"), "True");
      await untilEvent(controller, "AddressConflict", OTHER);
      const told = controller.events.filter(({ reason }) => reason === "AddressConflict");
      assert.deepEqual(
        told.map(({ regarding }) => `${regarding.kind} ${regarding.metadata.name}`),
        [
          "IPPool ippool-1",
          "VirtualMachineNetworkConfig vm-1",
        ],
      );
    },
  },
  {
    name: "tells users of a pool in a condition which agents serve from a snapshot",
    async run(world) {
      await using _agents = new StandInAgents(world.client, world.namespace);
      const controller = await deployAnsweringAgents(world, new StaleAgents(world));
      const pool = await world.until(IPPOOLS, "ippool-1", {
        what: "the stale agents",
        holds: (object) => conditionOf(object, "AgentsCurrent") === "False Stale",
      });
      const message = conditionMessageOf(pool, "AgentsCurrent");
      assert.match(
        message,
        /^since 2026-01-01T00:00:00Z, agent .+ has served version 7 of ippool .+ from its snapshot/,
      );
      assert.equal(conditionOf(pool, "Ready"), "True");
      await untilEvent(controller, "AgentStale", "look at its log and at the network of its node");
      const { note } = controller.events.find(({ reason }) => reason === "AgentStale")!;
      assert.ok(message.includes(note), `${note} is not in ${message}`);
    },
  },
  {
    name:
      "asks agents with what their Secret has, makes that anew, and takes it away with the pool",
    async run(world) {
      await using _agents = new StandInAgents(world.client, world.namespace);
      const reports = new SeeingAgents(world);
      await deployAnsweringAgents(world, reports);
      const secret = `${agentNameIn(world)}-report`;
      const first = await tokenIn(world, secret);
      await waitUntil(
        () => reports.asked.some(({ credentials }) => credentials.token === first) || undefined,
        { what: "a question with that token" },
      );
      await world.patch(SECRETS, secret, { data: { token: btoa("mine") } });
      await world.until(SECRETS, secret, {
        what: "another token",
        holds: ({ data }) => /^[0-9a-f]{64}$/.test(atob(stringAt(data, "token"))),
      });
      await world.delete(SECRETS, secret);
      await world.until(SECRETS, secret, { what: "the Secret", holds: () => true });
      await world.delete(IPPOOLS, "ippool-1");
      await world.untilGone(SECRETS, secret);
    },
  },
  {
    name: "says that it may not keep Secrets, where agents answer all the same",
    async run(world) {
      await using _agents = new StandInAgents(world.client, world.namespace);
      const { fetchReport } = new SeeingAgents(world);
      const refusal = new StatusError(403, "Forbidden", "it cannot create resource secrets");
      const secrets = { ensure: () => Promise.reject(refusal) };
      const controller = await deployAnsweringAgents(world, { secrets, fetchReport });
      const pool = await world.until(IPPOOLS, "ippool-1", {
        what: "the reason",
        holds: (object) => conditionOf(object, "NetworkClear") === "Unknown NothingKnown",
      });
      assert.match(
        conditionMessageOf(pool, "NetworkClear"),
        /cannot create resource secrets; give/,
      );
      assert.equal(conditionOf(pool, "Ready"), "True");
      const lines = controller.log.lines.filter(({ level }) => level === "warn");
      assert.equal(lines.length, 1, JSON.stringify(lines));
    },
  },
];

async function tokenIn(world: ControllerWorld, secret: string): Promise<string> {
  return atob(stringAt(objectAt(await world.get(SECRETS, secret), "data"), "token"));
}
