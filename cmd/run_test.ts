import assert from "node:assert/strict";
import { chooseCommand } from "./run.ts";

const cases = [
  { called: "vm-dhcp", args: ["agent", "--x"], want: { name: "agent", args: ["--x"] } },
  { called: "/usr/bin/vm-dhcp", args: [], want: { name: undefined, args: [] } },
  { called: "/usr/bin/vm-dhcp-agent", args: ["--x"], want: { name: "agent", args: ["--x"] } },
  { called: "vm-dhcp-controller", args: [], want: { name: "controller", args: [] } },
  { called: "./vm-dhcp-webhook", args: ["-h"], want: { name: "webhook", args: ["-h"] } },
  { called: "deno", args: ["crds"], want: { name: "crds", args: [] } },
];

for (const { called, args, want } of cases) {
  Deno.test(`chooseCommand() of ${called} ${args.join(" ")}`, () => {
    assert.deepEqual(chooseCommand(called, args), want);
  });
}
