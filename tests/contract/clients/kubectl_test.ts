/** An unmodified kubectl prints the same with the embedded API server and with a real one, Events too. */

import assert from "node:assert/strict";
import { objectRules } from "../../support/apiserver/object_rules.ts";
import { writeKubeconfig } from "../../../cmd/compose/standalone/data_folder.ts";
import { eventObjectOf } from "../../../lib/kube/events/event_object.ts";
import { kubectlPath } from "../../../tools/kubernetes/programs.ts";
import { sharedControlPlane } from "../../support/cluster/shared_control_plane.ts";
import { normaliseOutput } from "../../support/console/console_session.ts";
import { readCrd } from "../../support/apiserver/crds.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { gadget, readGadgetCrd } from "../../support/kube/gadget.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { Kubectl } from "../../support/console/kubectl.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";

/** Arguments of kubectl, and its standard input. */
type Command = readonly [args: string, input?: unknown];

const NO_NAMESPACE = { metadata: { namespace: undefined } };
const POOL = ippoolSample(NO_NAMESPACE);
const CONFIG = vmnetcfgSample(NO_NAMESPACE);
const READY = '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}';

function lease(holderIdentity: string) {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "turn" },
    spec: { holderIdentity },
  };
}

const COMMANDS: readonly Command[] = [
  ["api-resources --api-group=network.harvesterhci.io --no-headers"],
  ["api-resources --api-group=coordination.k8s.io -o wide"],
  ["apply -f -", gadget("a", { size: 3, address: "192.0.2.7" })],
  ["apply -f -", gadget("a", { size: 3, address: "192.0.2.7" })],
  ["diff -f -", gadget("a", { size: 3, address: "192.0.2.7" })],
  ["apply -f -", gadget("a", { size: 4 })],
  ["apply -f -", gadget("a", { size: 4, bogus: 1 })],
  ["apply -f - --validate=warn", gadget("a", { size: 5, bogus: 1 })],
  ["apply -f -", gadget("b", { size: 99 })],
  ["apply -f - --dry-run=server", gadget("c")],
  ["create -f -", gadget("b")],
  ["create -f -", gadget("b")],
  ["get gadgets"],
  ["get gadgets -o wide"],
  ["get gdt a -o jsonpath={.spec}"],
  ["get gadgets -o custom-columns=N:.metadata.name,S:.spec.size,C:.spec.color"],
  ["get gadgets --chunk-size=1 -o name"],
  ["get gadgets --field-selector metadata.name!=a -o name"],
  ["get gadgets --field-selector spec.size=2"],
  ["get gadget none"],
  ["get gadget a --output-watch-events --watch --request-timeout=3s"],
  ["label gadget a shelf=top"],
  ["label gadget a shelf=low"],
  ["label gadget a shelf=low --overwrite"],
  ["label gadgets --all site=lab"],
  ["label gadget a bad!=x"],
  ["get gadgets -l shelf=low --show-labels"],
  ["get gadgets -L site -l site"],
  ["annotate gadget a note=1"],
  ["annotate gadget a note-"],
  ["patch gadget a --type=merge -p", '{"spec":{"size":6}}'],
  ["patch gadget a --type=merge -p", '{"spec":{"size":6}}'],
  ["patch gadget a --type=merge -p", '{"spec":{"size":66}}'],
  ["patch gadget a --type=json -p", '[{"op":"replace","path":"/spec/size","value":7}]'],
  ["patch gadget a --subresource=status --type=merge -p", READY],
  ["wait --for=condition=Ready gadget/a --timeout=10s"],
  ["wait --for=condition=Ready gadget/b --timeout=1s"],
  ["wait --for=jsonpath={.spec.size}=7 gadget/a --timeout=10s"],
  ["explain gadget.spec.parts.weight"],
  ["explain ippool.spec.ipv4Config.leaseTime"],
  ["explain ippool.spec.none"],
  ["apply -f -", POOL],
  ["apply -f -", CONFIG],
  ["get ippools,vmnetcfgs"],
  ["patch ippool ippool-1 --type=merge -p", '{"spec":{"ipv4Config":{"serverIP":"192.168.48.78"}}}'],
  ["patch ippool ippool-1 --type=merge -p", '{"spec":{"ipv4Config":{"leaseTime":-1}}}'],
  ["delete ippool ippool-1 --dry-run=server"],
  ["apply -f -", lease("one")],
  ["apply -f -", lease("two")],
  ["patch lease turn -p", '{"spec":{"leaseDurationSeconds":5}}'],
  ["get leases"],
  ["get lease turn -o jsonpath={.spec}"],
  ["delete lease turn"],
  ["delete gadgets --all"],
  ["delete gadget a"],
  ["delete gadget a --ignore-not-found"],
  ["delete ippool/ippool-1 vmnetcfg/test-vm"],
  ["get gadgets"],
];

interface Printed {
  readonly code: number;
  readonly text: string;
}

/** Runs everything in a namespace of its own. */
async function printedBy(kubectl: Kubectl): Promise<Printed[]> {
  const namespace = `kubectl-${crypto.randomUUID().slice(0, 8)}`;
  const run = async ([args, input]: Command): Promise<Printed> => {
    const words = ["-n", namespace, ...args.split(" ")];
    // A patch is an argument; other input is a manifest.
    const isPatch = args.endsWith(" -p");
    if (isPatch) words.push(String(input));
    const { code, stdout, stderr } = await kubectl.run(words, isPatch ? undefined : input);
    return { code, text: wordingOf(`${stdout}${stderr}`, namespace) };
  };
  assert.equal((await run([`create namespace ${namespace}`])).code, 0);
  const printed: Printed[] = [];
  for (const command of COMMANDS) printed.push(await run(command));
  return printed;
}

/** What the controller tells of two VMs: of the first one at first, and again after the second one. */
const TOLD = [
  { vm: "first", firstSecond: 1, repetitions: { count: 3, lastTimestamp: "2026-01-01T00:00:09Z" } },
  {
    vm: "second",
    firstSecond: 2,
    repetitions: { count: 1, lastTimestamp: "2026-01-01T00:00:02Z" },
  },
];

const EVENT_ORDERS: readonly (readonly [sortBy: string, printed: string])[] = [
  [".firstTimestamp", "first second"],
  [".lastTimestamp", "second first"],
  [".count", "second first"],
];

/** Events as the controller sends them are sorted by any of their times. */
async function checkEvents(kubectl: Kubectl): Promise<void> {
  const namespace = `events-${crypto.randomUUID().slice(0, 8)}`;
  const run = async (args: string, input?: unknown) => {
    const { code, stdout, stderr } = await kubectl.run(
      ["-n", namespace, ...args.split(" ")],
      input,
    );
    assert.equal(code, 0, `${args}: ${stderr}`);
    return stdout;
  };
  await run(`create namespace ${namespace}`);
  for (const { vm, firstSecond, repetitions } of TOLD) {
    const { apiVersion, kind } = CONFIG;
    const regarding = { apiVersion, kind, metadata: { name: vm, namespace } };
    const nowMs = Date.parse(`2026-01-01T00:00:0${firstSecond}Z`);
    const origin = { reportingInstance: "controller-0", nowMs, salt: firstSecond, repetitions };
    const note = { regarding, type: "Normal", reason: "IPAllocated", note: "allocated" } as const;
    await run("create -f -", eventObjectOf(note, origin));
  }
  for (const [sortBy, printed] of EVENT_ORDERS) {
    const rows = await run(
      `get events --no-headers --sort-by=${sortBy} -o custom-columns=N:.involvedObject.name`,
    );
    assert.equal(rows.trim().replaceAll(/\s+/g, " "), printed, sortBy);
  }
  assert.match(await run("get events -o wide"), /virtualmachinenetworkconfig\/first +vm-dhcp.* 3 /);
  assert.match(await run("events"), /\(x3 over .*\) +Normal +IPAllocated/);
}

/** What has to differ has a common name. Of a refusal, the fields count, not the message. */
function wordingOf(text: string, namespace: string): string {
  const refusal = /^The \S+ "\S+" is invalid:|^error: .* is invalid|strict decoding/m;
  const common = normaliseOutput(text.replaceAll(namespace, "<namespace>"));
  if (!refusal.test(common)) return common;
  const fields = common.match(/(?:spec|metadata)(?:\.[a-zA-Z0-9]+)*(?=[:"])/g) ?? [];
  return `invalid: ${[...new Set(fields)].sort().join(" ")}`;
}

await integrationTest({
  name: "kubectl prints the same with the embedded API server and with kube-apiserver",
  needs: ["kube"],
  run: async () => {
    const path = await kubectlPath();
    const crds = [readGadgetCrd(), readCrd("ippool"), readCrd("virtualmachinenetworkconfig")];
    await using embedded = await startEmbeddedApi({ crds, admission: objectRules });
    const { server: { url }, credentials, folder } = embedded;
    await writeKubeconfig({ path: `${folder}/kubeconfig`, url, credentials });
    const { kubeconfig } = await sharedControlPlane();
    const both = [
      new Kubectl(path, `${folder}/kubeconfig`, `${folder}/home-embedded`),
      new Kubectl(path, kubeconfig, `${folder}/home-real`),
    ];
    await Promise.all(both.map(checkEvents));
    const [ours, theirs] = await Promise.all(both.map(printedBy));
    const different = COMMANDS.flatMap(([args], i) => {
      const [mine, other] = [ours![i]!, theirs![i]!];
      if (mine.code === other.code && mine.text === other.text) return [];
      return [
        `kubectl ${args}\n  embedded ${JSON.stringify(mine)}\n  kube-apiserver ${
          JSON.stringify(other)
        }`,
      ];
    });
    assert.equal(different.join("\n"), "");
  },
});
