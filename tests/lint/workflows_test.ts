/** Workflows of the forge do what anybody can do at home, with actions that nobody can exchange. */

import assert from "node:assert/strict";
import { parse } from "yaml";
import { PROJECT } from "./project_path.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}

/** A task of `./dev`, as this user or as root, or the login that it needs. */
const COMMAND = /^(?:sudo --preserve-env=CI )?\.\/dev (\w+)|^docker login /;

const workflows: Record<string, Workflow> = {};
for (const { name } of Deno.readDirSync(`${PROJECT}.github/workflows`)) {
  const text = Deno.readTextFileSync(`${PROJECT}.github/workflows/${name}`);
  workflows[name] = parse(text) as Workflow;
}

const dev = Deno.readTextFileSync(`${PROJECT}dev`);

for (const [name, { permissions, jobs }] of Object.entries(workflows)) {
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  Deno.test(`${name} runs tasks of ./dev and nothing else`, () => {
    const commands = steps.flatMap(({ run }) => run ?? []);
    assert.ok(commands.length > 0);
    for (const command of commands) {
      const [matched, task] = COMMAND.exec(command) ?? [];
      assert.ok(matched !== undefined, command);
      assert.ok(task === undefined || dev.includes(`\n  ${task} `), `there is no task ${task}`);
    }
  });

  Deno.test(`${name} pins its actions, and may only read by default`, () => {
    for (const { uses = "" } of steps.filter((step) => step.uses !== undefined)) {
      assert.match(uses, /@[0-9a-f]{40}$/);
    }
    assert.deepEqual(permissions, { contents: "read" });
  });
}
