/** Command lines and variables of the Go program are understood as it understands them. */

import assert from "node:assert/strict";
import { agentCommand } from "./agent.ts";
import { type Environment, type FlagTable, parseFlags } from "./cli/flags.ts";
import { goArgumentsOf } from "./cli/go_arguments.ts";
import { timingsOf } from "./compose/election.ts";
import { controllerCommand } from "./controller.ts";
import { webhookCommand } from "./webhook.ts";

interface Line {
  readonly args?: readonly string[];
  readonly env?: Environment;
  /** Some of the values that it stands for. */
  readonly want: Readonly<Record<string, unknown>>;
}

const SWITCHES = ["no-leader-election", "no-agent", "no-dhcp", "enable-cache-dump-api"];
const POOL = { namespace: "default", name: "net-48" };
const IMAGE = "rancher/harvester-vm-dhcp-agent:v0.3.0";
const REF = "--ippool-ref=default/net-48";

const CONTROLLER: readonly Line[] = [
  { want: { name: undefined, debug: false, image: undefined, namespace: undefined } },
  {
    args: [
      ...["--name", "vm-dhcp", "--namespace", "harvester-system", "--image", IMAGE],
      ...["--service-account-name", "harvester-vm-dhcp-controller-agent"],
    ],
    want: {
      // The same Lease wherever its pod and the agents are.
      "leader-elect-resource-namespace": "kube-system",
      "leader-elect-resource-name": "vm-dhcp-controllers",
      name: "vm-dhcp",
      namespace: "harvester-system",
      image: IMAGE,
      "service-account-name": "harvester-vm-dhcp-controller-agent",
    },
  },
  {
    env: {
      VM_DHCP_CONTROLLER_NAME: "vm-dhcp",
      AGENT_NAMESPACE: "harvester-system",
      AGENT_IMAGE: IMAGE,
      AGENT_SERVICE_ACCOUNT_NAME: "agent",
    },
    want: {
      name: "vm-dhcp",
      namespace: "harvester-system",
      image: IMAGE,
      "service-account-name": "agent",
    },
  },
  ...SWITCHES.map((name) => ({ args: [`--${name}`], want: { [name]: true } })),
  ...SWITCHES.map((name) => ({ args: [`--${name}=F`], want: { [name]: false } })),
];

const AGENT: readonly Line[] = [
  {
    args: [REF],
    want: { ippool: POOL, nic: "eth1", "dry-run": false, kubeconfig: undefined, name: undefined },
  },
  {
    env: { IPPOOL_REF: "default/net-48", KUBECONTEXT: "lab", VM_DHCP_AGENT_NAME: "a" },
    want: { ippool: POOL, kubecontext: "lab", name: "a" },
  },
  {
    args: [
      ...["--ippool-ref", "default/net-48", "--name", "a", "--kubeconfig", "/root/k"],
      ...["--kubecontext", "lab", "--nic", "net1", "--dry-run", "--enable-cache-dump-api"],
    ],
    want: {
      ippool: POOL,
      name: "a",
      kubeconfig: "/root/k",
      kubecontext: "lab",
      nic: "net1",
      "dry-run": true,
      "enable-cache-dump-api": true,
    },
  },
];

const WEBHOOK: readonly Line[] = [
  { want: { name: "harvester-vm-dhcp-controller-webhook", "https-port": 8443 } },
  { env: { VM_DHCP_AGENT_NAME: "w", NAMESPACE: "ns" }, want: { name: "w", namespace: "ns" } },
  {
    args: [
      ...["--name", "w", "--namespace", "ns", "--https-port", "9443", "--threadiness", "5"],
      ...["--controller-user", "c", "--gc-user", "g", "--service-cidr", "10.43.0.0/16"],
    ],
    want: {
      name: "w",
      namespace: "ns",
      "https-port": 9443,
      "controller-user": "c",
      "gc-user": "g",
    },
  },
];

/** Both words of `debug`, on the command line and as variables, for a command with this prefix. */
function debugLines(prefix: string, ...rest: readonly string[]): readonly Line[] {
  const [debug, trace] = [`${prefix}_DEBUG`, `${prefix}_TRACE`];
  const on = { debug: true };
  const off = { debug: false };
  return [
    ...["--debug", "--trace", "--debug=1", "--trace=T", "--debug=TRUE"].map((arg) => (
      { args: [...rest, arg], want: on }
    )),
    ...["--debug=0", "--trace=f"].map((arg) => ({ args: [...rest, arg], want: off })),
    { args: rest, env: { [debug]: "t" }, want: on },
    { args: rest, env: { [trace]: "1" }, want: on },
    { args: rest, env: { [debug]: "false", [trace]: "true" }, want: on },
    { args: rest, env: { [debug]: "yes" }, want: off },
    { args: [...rest, "--debug=false"], env: { [debug]: "1" }, want: off },
  ];
}

const COMMANDS: readonly (readonly [string, FlagTable, readonly Line[]])[] = [
  ["controller", controllerCommand.flags, [...CONTROLLER, ...debugLines("VM_DHCP_CONTROLLER")]],
  ["agent", agentCommand.flags, [...AGENT, ...debugLines("VM_DHCP_AGENT", REF)]],
  ["webhook", webhookCommand.flags, [...WEBHOOK, ...debugLines("VM_DHCP_WEBHOOK")]],
];

/** What the Go program takes without heeding it, and what counts of it. */
const UNHEEDED: readonly (readonly [FlagTable, readonly string[], readonly string[], number])[] = [
  [agentCommand.flags, [REF, "--debug", "true"], [REF, "--debug"], 1],
  [agentCommand.flags, ["--debug", "false", REF, "--", "x"], ["--debug", REF, "--"], 2],
  [agentCommand.flags, [REF, "--name", "", "--kubecontext="], [REF], 0],
  [controllerCommand.flags, ["serve", "--image=", "--namespace", "a"], ["--namespace", "a"], 1],
  [webhookCommand.flags, ["--name=", "--https-port="], ["--https-port="], 0],
  [controllerCommand.flags, ["--name", "--colour"], ["--name", "--colour"], 0],
];

for (const [flags, args, heeded, words] of UNHEEDED) {
  Deno.test(`as in the Go program: of ${JSON.stringify(args)} counts ${JSON.stringify(heeded)}`, () => {
    const found = goArgumentsOf(flags, args);
    assert.deepEqual([found.args, found.ignored.length], [heeded, words]);
  });
}

for (const [name, flags, lines] of COMMANDS) {
  for (const { args = [], env = {}, want } of lines) {
    const variables = Object.entries(env).map(([key, value]) => `${key}=${value}`);
    const line = [...variables, `vm-dhcp-${name}`, ...args].join(" ");
    Deno.test(`as in the Go program: ${line}`, () => {
      const values: Readonly<Record<string, unknown>> = parseFlags(flags, args, env);
      for (const [key, value] of Object.entries(want)) assert.deepEqual(values[key], value, key);
    });
  }
}

Deno.test("as in the Go program: variables of its election", () => {
  const env = {
    CATTLE_ELECTION_LEASE_DURATION: "1m",
    CATTLE_ELECTION_RENEW_DEADLINE: "40s",
    CATTLE_ELECTION_RETRY_PERIOD: "1500ms",
  };
  const values = parseFlags(controllerCommand.flags, [], env) as Parameters<typeof timingsOf>[0];
  const { leaseMs, renewDeadlineMs, retryMs } = timingsOf(values, env);
  assert.deepEqual([leaseMs, renewDeadlineMs, retryMs], [60_000, 40_000, 1500]);
});
