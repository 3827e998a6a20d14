/** What commands say of input that they cannot use: one message, no stack, and the exit status of its kind. */

import assert from "node:assert/strict";
import { integrationTest } from "../support/harness/integration_test.ts";
import { freePort } from "../support/network/free_port.ts";
import { PROGRAMS } from "../support/process/standalone_process.ts";
import { inFolder } from "../support/harness/in_folder.ts";

interface BadInput {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly code: number;
  /** Everything that is printed. */
  readonly says: RegExp;
}

const AWAY =
  /the API server at http:\/\/127\.0\.0\.1:\d+ \(named in (?:.*\/)?away\) cannot be reached: /;

/** In a folder with a kubeconfig `away` of an API server that is not there, and an empty folder `folder`. */
const CASES: readonly BadInput[] = [
  { args: ["status", "--kubeconfig", "away"], code: 3, says: AWAY },
  { args: ["status"], env: { KUBECONFIG: "away" }, code: 3, says: AWAY },
  { args: ["explain", "vm", "x", "--kubeconfig", "away"], code: 3, says: AWAY },
  { args: ["check", "--hand-back", "--kubeconfig", "away"], code: 1, says: AWAY },
  {
    args: ["status", "--kubeconfig", "none"],
    code: 3,
    says:
      /^vm-dhcp status: .*\/none does not exist, .*; name a kubeconfig that exists with --kubec/,
  },
  {
    args: ["status", "--kubeconfig", "folder"],
    code: 3,
    says: /^vm-dhcp status: cannot read the kubeconfig .*\/folder: it is no regular file\n$/,
  },
  {
    args: ["status", "--context", "b", "--kubeconfig", "away"],
    code: 3,
    says: /^vm-dhcp status: .*\/away: contexts has no context "b"\n$/,
  },
  {
    args: ["status", "-o", "yaml"],
    code: 2,
    says: /^vm-dhcp status: flag -o: "yaml" is not one of text, json; see '.*'\n$/,
  },
  {
    args: ["explain", "vm", "x", "-n", "A b"],
    code: 2,
    says: /^vm-dhcp explain: flag -n: "A b" is not a name /,
  },
  {
    args: ["agent"],
    env: { IPPOOL_REF: "x" },
    code: 2,
    says: /^vm-dhcp agent: variable IPPOOL_REF: "x" is not of the form NAMESPACE\/NAME/,
  },
  {
    args: ["agent", "--ippool-ref", "x"],
    code: 2,
    says: /^vm-dhcp agent: flag --ippool-ref: "x" is not of the form NAMESPACE\/NAME/,
  },
  {
    args: ["backup", "-", "--data-dir", "folder"],
    code: 2,
    says: /^vm-dhcp backup: FILE cannot be the standard output: .*; see 'vm-dhcp backup --help'\n$/,
  },
  {
    args: ["backup", "new", "--data-dir", "folder"],
    code: 1,
    says: /^vm-dhcp backup: folder has no state\.db: it is no data folder of standalone\n$/,
  },
  {
    args: ["trace", "folder", "--ippool", "a/b", "--kubeconfig", "away"],
    code: 1,
    says: /^vm-dhcp trace: folder: is a folder\n$/,
  },
  {
    args: ["controller", "--debug", "true"],
    code: 2,
    says: /^vm-dhcp controller: unexpected argument "true"; see 'vm-dhcp controller --help'\n$/,
  },
];

async function run({ args, env = {} }: Pick<BadInput, "args" | "env">, cwd: string) {
  const [program, ...before] = PROGRAMS.source;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...before, ...args],
    cwd,
    env: { KUBECONFIG: "", HOME: cwd, ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("input that cannot be used is told in one message with its exit status", async (test) => {
  await inFolder(async (folder) => {
    const server = `http://127.0.0.1:${freePort()}`;
    await Deno.writeTextFile(
      `${folder}/away`,
      `{current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}],
      clusters: [{name: a, cluster: {server: "${server}"}}], users: [{name: a, user: {token: secret}}]}`,
    );
    await Deno.mkdir(`${folder}/folder`);
    for (const input of CASES) {
      const { args, env = {}, code, says } = input;
      const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      await test.step([...variables, ...args].join(" "), async () => {
        const found = await run(input, folder);
        assert.match(found.text, says);
        assert.doesNotMatch(found.text, /^ +at |secret/m);
        assert.equal(found.code, code);
      });
    }
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.deepEqual(names.filter((name) => name === "-" || name === "new"), []);
  });
});

await integrationTest({
  name: "under a name of the Go program, words and empty values do not end the executable",
  needs: ["executable"],
  run: () =>
    inFolder(async (folder) => {
      await Deno.symlink(await Deno.realPath(PROGRAMS.executable[0]), `${folder}/vm-dhcp-agent`);
      const { code, stderr } = await new Deno.Command(`${folder}/vm-dhcp-agent`, {
        args: ["--ippool-ref", "a/b", "--debug", "true", "--name=", "--kubeconfig", "/none/at/all"],
        env: { KUBECONFIG: "", HOME: folder },
        stdin: "null",
      }).output();
      assert.match(
        new TextDecoder().decode(stderr),
        /^vm-dhcp agent: argument "true" has no effect; .*\n.*: \/none\/at\/all does not exist, /,
      );
      assert.equal(code, 1);
    }),
});

await integrationTest({
  name: "a reader that has gone away ends a command without a message",
  needs: ["executable"],
  run: () =>
    inFolder(async (folder) => {
      // The fourth descriptor writes into a pipe that nobody reads any more.
      const script = `mkfifo pipe; exec 3<>pipe 4>pipe 3>&-
        for command in crds 'completion fish' 'version -o json' --help 'help agent'; do
          "$1" $command >&4 4>&-; echo "$command: $?"
        done`;
      const { stdout, stderr } = await new Deno.Command("bash", {
        args: ["-c", script, "test", await Deno.realPath(PROGRAMS.executable[0])],
        cwd: folder,
      }).output();
      const decoder = new TextDecoder();
      assert.equal(decoder.decode(stderr), "");
      const codes = decoder.decode(stdout).trimEnd().split("\n").map((line) => line.split(": ")[1]);
      assert.deepEqual(codes, ["0", "0", "0", "0", "0"]);
    }),
});
