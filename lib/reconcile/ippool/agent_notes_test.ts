import assert from "node:assert/strict";
import type { WantedCondition } from "../conditions.ts";
import { agentNotesOf } from "./agent_notes.ts";

type State = readonly [status: WantedCondition["status"], reason: string];

const CASES: readonly {
  readonly name: string;
  readonly from: State | undefined;
  readonly to: State | undefined;
  readonly want: string;
}[] = [
  { name: "a new pool", from: undefined, to: ["False", "Unschedulable"], want: "" },
  { name: "nothing new", from: ["True", "Serving"], to: ["True", "Serving"], want: "" },
  {
    name: "agents that are gone",
    from: ["True", "Serving"],
    to: ["False", "Starting"],
    want: "Warning AgentNotReady why Starting",
  },
  {
    name: "agents that cannot start",
    from: ["False", "Starting"],
    to: ["False", "ImagePullFailed"],
    want: "Warning AgentNotReady why ImagePullFailed",
  },
  {
    name: "agents that try again",
    from: ["False", "ImagePullFailed"],
    to: ["False", "Starting"],
    want: "",
  },
  {
    name: "the same fault in other words",
    from: ["False", "ImagePullFailed"],
    to: ["False", "ImagePullFailed"],
    want: "",
  },
  {
    name: "agents that are there",
    from: ["False", "Unschedulable"],
    to: ["True", "Serving"],
    want: "Normal AgentReady why Serving",
  },
  {
    name: "a process that begins",
    from: ["False", "NotStarted"],
    to: ["True", "Serving"],
    want: "",
  },
  { name: "a process that ends", from: ["True", "Serving"], to: ["False", "Stopped"], want: "" },
  { name: "a pool that is paused", from: ["True", "Serving"], to: ["False", "Paused"], want: "" },
  { name: "agents that nobody observes", from: ["True", "Serving"], to: undefined, want: "" },
];

function conditionOf([status, reason]: State): WantedCondition {
  return { type: "AgentReady", status, reason, message: `why ${reason}` };
}

for (const { name, from, to, want } of CASES) {
  Deno.test(`agentNotesOf() ${name}`, () => {
    const pool = {
      apiVersion: "v1",
      kind: "IPPool",
      metadata: { name: "p" },
      status: { conditions: from === undefined ? [] : [conditionOf(from)] },
    };
    const notes = agentNotesOf(pool, to === undefined ? [] : [conditionOf(to)]);
    assert.equal(notes.map(({ type, reason, note }) => `${type} ${reason} ${note}`).join(), want);
  });
}
