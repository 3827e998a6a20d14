import assert from "node:assert/strict";
import { buildOf } from "./cli/build.ts";
import { chooseCommand } from "./run.ts";

const cases = [
  { called: "vm-dhcp", args: ["agent", "--x"], want: { name: "agent", args: ["--x"] } },
  { called: "/usr/bin/vm-dhcp", args: [], want: { name: undefined, args: [] } },
  {
    called: "/usr/local/bin/kubectl-vmdhcp",
    args: ["explain", "vm", "a"],
    want: { name: "explain", args: ["vm", "a"] },
  },
  {
    called: "/usr/bin/vm-dhcp-agent",
    args: ["--x"],
    want: {
      name: "agent",
      args: ["--x"],
      calledAs: "vm-dhcp-agent",
    },
  },
  {
    called: "vm-dhcp-controller",
    args: [],
    want: {
      name: "controller",
      args: [],
      calledAs: "vm-dhcp-controller",
    },
  },
  {
    called: "./vm-dhcp-webhook",
    args: ["-h"],
    want: {
      name: "webhook",
      args: ["-h"],
      calledAs: "vm-dhcp-webhook",
    },
  },
  { called: "deno", args: ["crds"], want: { name: "crds", args: [] } },
];

for (const { called, args, want } of cases) {
  Deno.test(`chooseCommand() of ${called} ${args.join(" ")}`, () => {
    assert.deepEqual(chooseCommand(called, args), want);
  });
}

Deno.test("buildOf() names the version as the Go version does under its names", () => {
  assert.match(buildOf("vm-dhcp-agent"), /^vm-dhcp-agent version \d+\.\d+\.\d+ \(.*\)$/);
  assert.match(buildOf(), /^vm-dhcp \d+\.\d+\.\d+ \(.*\)$/);
});
