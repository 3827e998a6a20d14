/** The alerts of the chart in a Prometheus that scrapes a controller, an agent and a webhook. */

import assert from "node:assert/strict";
import { stringify } from "yaml";
import { WebhookProcess } from "../../support/process/webhook_process.ts";
import { AgentScene } from "../../support/process/agent_process.ts";
import { ControllerProcess } from "../../support/process/controller_process.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { freePort } from "../../support/network/free_port.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { findUnpacked } from "../../../tools/unpacked.ts";
import { ALERTS_FILE, readAlerts } from "./alert_rules.ts";
import { POOL } from "./alert_world.ts";

/** A rule as Prometheus shows it. */
interface ShownRule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[];
}

/** A running Prometheus with the alerts; disposing ends it. */
class Prometheus implements AsyncDisposable {
  readonly #url: string;
  readonly #child: Deno.ChildProcess;

  private constructor(program: string, folder: string) {
    const port = freePort();
    this.#url = `http://127.0.0.1:${port}/api/v1`;
    this.#child = new Deno.Command(program, {
      args: [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--log.level=error",
      ],
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
  }

  /** @param ports Where processes listen, by the names of their pods. */
  static async start(
    folder: string,
    ports: Readonly<Record<string, number>>,
  ): Promise<Prometheus> {
    const config = {
      global: { scrape_interval: "1s", evaluation_interval: "1s" },
      rule_files: [ALERTS_FILE],
      scrape_configs: [{
        job_name: "vm-dhcp",
        static_configs: Object.entries(ports).map(([pod, port]) => ({
          targets: [`127.0.0.1:${port}`],
          labels: { namespace: "harvester-system", pod },
        })),
      }],
    };
    await Deno.writeTextFile(`${folder}/prometheus.yml`, stringify(config));
    return new Prometheus((await findUnpacked("prometheus"))!, folder);
  }

  /** All rules; none while it starts. */
  async rules(): Promise<readonly ShownRule[]> {
    const response = await fetch(`${this.#url}/rules`).catch(() => undefined);
    if (response?.ok !== true) {
      await response?.body?.cancel();
      return [];
    }
    const { data } = await response.json();
    return data.groups.flatMap(({ rules }: { rules: readonly ShownRule[] }) => rules);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
  }
}

/** The API server here has no webhook configurations, so the certificate of the webhook goes unused. */
const EXPECTED = ["VmDhcpPoolExhausted", "VmDhcpPartNotReady"];

await integrationTest({
  name: "Prometheus evaluates every alert with what a controller, an agent and a webhook expose",
  needs: ["prometheus", "executable"],
  run: async () => {
    await using scene = await AgentScene.create();
    // A pool without a single address to hand out.
    const range = { start: "192.168.48.81", end: "192.168.48.81", exclude: ["192.168.48.81"] };
    await scene.createPool({}, {
      ipv4Config: { serverIP: "192.168.48.77", cidr: "192.168.48.0/24", pool: range },
    });
    const agent = scene.start("up");
    await using controller = new ControllerProcess(`${scene.folder}/up`, freePort(), [
      "--leader-elect-resource-namespace=default",
    ]);
    await using webhook = new WebhookProcess(`${scene.folder}/up`, ["--namespace=default"]);
    await Promise.all([controller.leads(), webhook.serves()]);
    const ports = {
      controller: controller.httpPort,
      agent: agent.httpPort,
      webhook: webhook.httpPort,
    };
    await using prometheus = await Prometheus.start(scene.folder, ports);
    let shown: unknown;
    const alerts = await waitUntil(async () => {
      const rules = await prometheus.rules();
      assert.deepEqual(rules.filter(({ health }) => health === "err"), []);
      shown = rules.flatMap(({ alerts }) => alerts);
      const isEvaluated = rules.length > 0 && rules.every(({ health }) => health === "ok");
      const active = rules.filter(({ alerts }) => alerts.length > 0);
      return isEvaluated && active.map(({ name }) => name).join() === EXPECTED.join()
        ? active[0]!.alerts
        : undefined;
    }, { what: EXPECTED.join(" and "), explain: () => JSON.stringify(shown, null, 1) });
    const { labels } = readAlerts().find(({ alert }) => alert === "VmDhcpPoolExhausted")!;
    assert.deepEqual(alerts.map((alert) => alert.labels), [
      { alertname: "VmDhcpPoolExhausted", ...labels, ...POOL },
    ]);
  },
});
