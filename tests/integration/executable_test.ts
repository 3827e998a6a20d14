/** The executable beside the sources: what must be the same, and what bundling must not lose. */

import assert from "node:assert/strict";
import { freePort } from "../support/network/free_port.ts";
import { inFolder } from "../support/harness/in_folder.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { LineLog } from "../support/process/line_log.ts";
import { type ProgramForm, PROGRAMS } from "../support/process/standalone_process.ts";
import { waitUntil } from "../support/harness/wait_until.ts";

async function outputOf(form: ProgramForm, ...args: readonly string[]): Promise<string> {
  const [program, ...before] = PROGRAMS[form];
  const { stdout } = await new Deno.Command(program, { args: [...before, ...args] }).output();
  return new TextDecoder().decode(stdout);
}

/** A kubeconfig of an API server that cannot be reached. */
async function writeKubeconfig(path: string): Promise<void> {
  await Deno.writeTextFile(
    path,
    `{current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}],
    clusters: [{name: a, cluster: {server: "http://127.0.0.1:${freePort()}"}}],
    users: [{name: a, user: {token: secret}}]}`,
  );
}

await integrationTest({
  name: "a stack trace in the executable's log names the functions",
  needs: ["executable"],
  run: () =>
    inFolder(async (folder) => {
      const kubeconfig = `${folder}/kubeconfig`;
      await writeKubeconfig(kubeconfig);
      const controller = new Deno.Command(PROGRAMS.executable[0], {
        args: ["controller", "--debug", "--kubeconfig", kubeconfig, "--http", "127.0.0.1:0"],
        stdout: "piped",
      }).spawn();
      const log = new LineLog();
      log.follow(controller.stdout);
      try {
        const stack = await waitUntil(
          () => log.entries("lease could not be claimed or renewed")[0]?.["errorStack"],
          { what: "a logged stack", explain: () => log.tail() },
        );
        const functions = [...String(stack).matchAll(/^ +at (?:async )?(\S+) \(file:/gm)];
        assert.ok(functions.some(([, name]) => name === "RestClient.get"), String(stack));
      } finally {
        controller.kill("SIGKILL");
        await controller.status;
        await log.ended();
      }
    }),
});

/** An agent that ends at once, for want of its interface. @returns Its output, of a terminal or of a pipe. */
async function agentOutput(kubeconfig: string, isTerminal: boolean, ...more: readonly string[]) {
  const command = [
    ...[...PROGRAMS.executable, "agent", "--ippool", "default/pool", "--nic", "nosuch0"],
    ...["--wait", "0", "--http", "127.0.0.1:0", "--kubeconfig", kubeconfig, ...more],
  ];
  const [program, ...args] = isTerminal
    ? ["script", "--quiet", "--command", command.join(" "), "/dev/null"]
    : command;
  const options = { args, stdin: "null", stderr: "null" } as const;
  const { stdout } = await new Deno.Command(program!, options).output();
  return new TextDecoder().decode(stdout).split(/\r?\n/).filter((line) => line !== "");
}

await integrationTest({
  name:
    "the log is text on a terminal and JSON elsewhere, unless a flag says which, and as detailed as one says",
  needs: ["executable", "namespaces"],
  run: () =>
    inFolder(async (folder) => {
      const kubeconfig = `${folder}/kubeconfig`;
      await writeKubeconfig(kubeconfig);
      const text =
        /^\S+Z WARN {2}interface status ippool=default\/pool interface=nosuch0 reason=InterfaceNotFound message="/m;
      const json = /^\{"ts":"[^"]+","level":"warn","msg":"interface status",/m;
      for (
        const [isTerminal, flags, wanted] of [
          [true, [], text],
          [false, [], json],
          [true, ["--log-format", "json"], json],
          [false, ["--log-format=text", "--log-level=warn"], text],
        ] as const
      ) {
        const lines = await agentOutput(kubeconfig, isTerminal, ...flags);
        assert.match(lines.join("\n"), wanted);
      }
      assert.deepEqual(await agentOutput(kubeconfig, false, "--log-level", "error"), []);
    }),
});

await integrationTest({
  name: "the executable prints the CustomResourceDefinitions of the sources",
  needs: ["executable"],
  run: async () => {
    const text = await outputOf("executable", "crds");
    assert.match(text, /^kind: CustomResourceDefinition$/m);
    assert.equal(text, await outputOf("source", "crds"));
  },
});

await integrationTest({
  name: "the executable leaves nothing in the folder of temporary files",
  needs: ["executable"],
  run: () =>
    inFolder(async (folder) => {
      const options: Deno.CommandOptions = { args: ["version"], env: { TMPDIR: folder } };
      assert.ok((await new Deno.Command(PROGRAMS.executable[0], options).output()).success);
      assert.deepEqual([...Deno.readDirSync(folder)], []);
    }),
});

await integrationTest({
  name: "the executable is the command that it is called as, by a link, a copy or argv[0]",
  needs: ["executable"],
  run: () =>
    inFolder(async (folder) => {
      const executable = await Deno.realPath(PROGRAMS.executable[0]);
      await Deno.symlink(executable, `${folder}/vm-dhcp-controller`);
      await Deno.copyFile(executable, `${folder}/vm-dhcp-agent`);
      const run = async (script: string) => {
        const options = {
          args: ["-c", script],
          cwd: folder,
          env: { PATH: `${folder}:/usr/bin:/bin` },
        };
        const { code, stdout, stderr } = await new Deno.Command("bash", options).output();
        return [code, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)];
      };
      const helpOf = (command: string) => outputOf("executable", command, "--help");
      assert.deepEqual(await run("vm-dhcp-controller --help"), [0, await helpOf("controller")]);
      assert.deepEqual(await run("./vm-dhcp-agent --help"), [0, await helpOf("agent")]);
      assert.deepEqual(await run(`exec -a /x/vm-dhcp-agent ${executable} -h`), [
        0,
        await helpOf("agent"),
      ]);
      assert.deepEqual(await run(`exec -a vm-dhcp-webhook ${executable} --https-port=x`), [
        2,
        'vm-dhcp webhook: flag --https-port: "x" is not a port, which is a number up to 65535; ' +
        "see 'vm-dhcp webhook --help'\n",
      ]);
    }),
});
