/** What docs/agents.md says of the pods of agents is what they are. */

import assert from "node:assert/strict";
import { parse } from "yaml";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { planAgents } from "../../../lib/reconcile/agent_deployment/agent_plan.ts";
import type { PodTemplate } from "../../../lib/reconcile/agent_deployment/agent_world.ts";
import { parseAgentPodTemplate } from "../../../lib/reconcile/agent_deployment/template/pod_template.ts";
import { agentWorld } from "../../support/controller/agent_worlds.ts";

const PAGE = await Deno.readTextFile(new URL("../../../docs/agents.md", import.meta.url));

function sectionOf(title: string): string {
  const [, section = ""] = PAGE.split(new RegExp(`^## \\d+\\. ${title}.*$`, "m"));
  return section.split(/^## /m)[0]!;
}

function made(): readonly KubeObject[] {
  return planAgents(agentWorld()).steps.map(({ object }) => object as KubeObject);
}

function podTemplate(): PodTemplate {
  const deployment = made().find(({ kind }) => kind === "Deployment")!;
  return (deployment.spec as { readonly template: PodTemplate }).template;
}

/** First cells of the rows of the tables. */
function namesIn(section: string): readonly string[] {
  const cells = [...section.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell]) => cell!);
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
}

Deno.test("docs/agents.md has a row for each field of the pod, and no others", () => {
  const { spec } = podTemplate();
  const [{ name: _, ...container }] = spec!.containers as unknown as [Record<string, unknown>];
  const { containers: __, ...pod } = spec!;
  const isSet = ([, value]: [string, unknown]) => value !== undefined;
  const fields = [...Object.entries(pod), ...Object.entries(container)].filter(isSet)
    .map(([field]) => field);
  assert.deepEqual(namesIn(sectionOf("The pod")).toSorted(), fields.toSorted());
});

Deno.test("docs/agents.md names each kind of object that is made", () => {
  const section = sectionOf("What is made");
  for (const { kind } of made()) assert.match(section, new RegExp(`^\\| .*\\b${kind}\\b`, "m"));
});

Deno.test("the template of docs/agents.md is allowed", () => {
  const [, yaml = ""] = /```yaml\n([^]*?)```/.exec(PAGE) ?? [];
  const parsed = parseAgentPodTemplate(parse(yaml));
  assert.deepEqual(parsed.ok ? [] : parsed.errors, []);
  const world = agentWorld({ settings: parsed.ok ? { template: parsed.value } : {} });
  assert.equal(planAgents(world).steps.length, made().length);
});
