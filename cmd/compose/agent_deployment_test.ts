import assert from "node:assert/strict";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { parseFlags } from "../cli/flags.ts";
import { AGENT_DEPLOYMENT_FLAGS, agentDeploymentOf } from "./agent_deployment.ts";

const ACCESS = { server: "https://api.example", namespace: "harvester-system" };

/** What the command line asks for, and what is said about it. */
async function read(
  args: readonly string[],
  access: { readonly server: string; readonly namespace?: string } = ACCESS,
) {
  const log = new RecordingLogger();
  const options = parseFlags(AGENT_DEPLOYMENT_FLAGS, args, {});
  const deployment = await agentDeploymentOf(options, access, log);
  return { settings: deployment?.settings, said: log.lines.map(({ msg }) => msg) };
}

async function withFile(text: string, run: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(path, text);
    await run(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("each pool gets two agents with an account of their own, in the namespace of the context", async () => {
  const { settings, said } = await read(["--image", "vm-dhcp:1"]);
  assert.deepEqual(settings, {
    namespace: "harvester-system",
    image: "vm-dhcp:1",
    replicas: 2,
    serviceAccountName: undefined,
    dryRun: false,
    template: undefined,
  });
  assert.deepEqual(said, []);
  const { settings: elsewhere } = await read(["--image", "vm-dhcp:1"], { server: "https://a" });
  assert.equal(elsewhere?.namespace, "default");
});

Deno.test("the flags of the Go version choose the namespace of agents, their account and a dry run", async () => {
  const { settings } = await read([
    ...["--image", "vm-dhcp:1", "--namespace", "agents", "--service-account-name", "agent"],
    ...["--no-dhcp", "--agent-replicas", "3"],
  ]);
  const { namespace, serviceAccountName, dryRun, replicas } = settings!;
  assert.deepEqual([namespace, serviceAccountName, dryRun, replicas], ["agents", "agent", true, 3]);
});

Deno.test("without an image the log says once that no agents are deployed, with --no-agent nothing", async () => {
  const { settings, said } = await read([]);
  assert.equal(settings?.image, undefined);
  assert.match(said.join(), /^no agents are deployed: .*--image.*--no-agent$/);
  assert.deepEqual(await read(["--no-agent", "--image", "vm-dhcp:1"]), {
    settings: undefined,
    said: [],
  });
});

for (const text of ["0", "6", "two", "1.5", "-1", ""]) {
  Deno.test(`--agent-replicas refuses ${JSON.stringify(text)}`, async () => {
    await assert.rejects(read([`--agent-replicas=${text}`]), /--agent-replicas.*from 1 to 5/);
  });
}

Deno.test("a template is read from its file", async () => {
  await withFile("spec:\n  runtimeClassName: kata\n", async (path) => {
    const { settings } = await read(["--image", "vm-dhcp:1", "--agent-pod-template", path]);
    assert.deepEqual(settings?.template, { spec: { runtimeClassName: "kata" } });
  });
});

const BAD_TEMPLATES = [
  {
    text: "spec: [",
    says: /^CommandError: cannot read the agent pod template \S+: [^\n]+ at line 1, [^\n]+$/,
  },
  { text: "spec: {hostNetwork: true}", says: /cannot be used: spec\.hostNetwork: / },
  { text: "", says: /cannot be used: it: must be an object/ },
];

for (const { text, says } of BAD_TEMPLATES) {
  Deno.test(`a template ${JSON.stringify(text)} is refused with its file and field`, async () => {
    await withFile(text, async (path) => {
      await assert.rejects(read(["--agent-pod-template", path]), says);
    });
  });
}

Deno.test("a template that is not there is refused with its name", async () => {
  await assert.rejects(
    read(["--agent-pod-template", "/nowhere.yaml"]),
    /^CommandError: cannot read the agent pod template \/nowhere.yaml: /,
  );
});
