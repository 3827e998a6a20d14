/** The service of examples/vm-dhcp.service, under a systemd of its own. */

import assert from "node:assert/strict";
import { resolve } from "node:path";
import { type ConsoleShell, openConsole } from "../../support/console/console_shell.ts";
import { DhcpClient, VirtualNic } from "../../support/dhcp/dhcp_client.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import {
  commandIn,
  createBridge,
  HERE,
  NetworkNamespace,
  type NetworkPlace,
  runIn,
} from "../../support/network/network_namespace.ts";
import { LineLog } from "../../support/process/line_log.ts";
import { PROGRAMS } from "../../support/process/standalone_process.ts";

const PROJECT = resolve(import.meta.dirname ?? ".", "../../..");
const UNIT = `${PROJECT}/examples/vm-dhcp.service`;
const SERVICE_HOST = resolve(import.meta.dirname ?? ".", "service_host.sh");

/** What `systemd-analyze security` may say at most; 10 is a service without any protection. */
const EXPOSURE_MAX = 3;

/** CAP_NET_BIND_SERVICE and CAP_NET_RAW. */
const CAPABILITIES = 1n << 10n | 1n << 13n;

/** Of the machine in examples/virtualmachinenetworkconfig.yaml, and its address. */
const VM = { mac: "fa:cf:8e:50:82:fc", address: "192.168.48.82" } as const;

/**
 * Words before a command that sees the control groups of version 2, wherever the host has them. They
 * cannot be mounted on themselves, hence the folder between.
 */
const WITH_GROUPS = [
  ...["unshare", "--mount", "sh", "-c"],
  'cd /sys/fs && mount -t tmpfs none cgroup && mount -t cgroup2 none cgroup && cd cgroup && eval "$0"',
];

/** A systemd that runs nothing but the service; disposing kills it with all that it has started. */
class ServiceHost implements AsyncDisposable {
  readonly log = new LineLog();
  readonly #group: string;
  readonly #child: Deno.ChildProcess;

  /** @param state What it sees as `/var/lib`. */
  constructor(place: NetworkPlace, readonly state: string) {
    this.#group = `vm-dhcp-test-${place.pid}`;
    this.#child = commandIn(place, [
      ...WITH_GROUPS,
      `mkdir ${this.#group} && echo $$ >${this.#group}/cgroup.procs && exec unshare "$@"`,
      ...["--pid", "--fork", "--kill-child", "--mount", "--uts", "--ipc", "--cgroup"],
      ...[SERVICE_HOST, UNIT, PROGRAMS.executable[0], state],
    ], { stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
    this.log.follow(this.#child.stdout);
    this.log.follow(this.#child.stderr);
  }

  /** Waits for the service's process. @returns Its number, which is not `except`. */
  process(except?: number): Promise<number> {
    const procs = "/sys/fs/cgroup/system.slice/vm-dhcp.service/cgroup.procs";
    return waitUntil(async () => {
      const pid = parseInt(await this.#run("--mount", "cat", procs).catch(() => ""));
      if (Number.isNaN(pid) || pid === except) return undefined;
      const program = await Deno.readLink(`/proc/${pid}/exe`).catch(() => "");
      return program.endsWith("/vm-dhcp") ? pid : undefined;
    }, { what: "the process of the service", explain: () => this.tail() });
  }

  /** Runs commands of a shell as root of this host. */
  async shell(script: string): Promise<void> {
    await this.#run("--mount", "--pid", "--net", "sh", "-euc", script);
  }

  /** What systemd and the service have printed at last. */
  async tail(): Promise<string> {
    const log = await Deno.readTextFile(`${this.state}/vm-dhcp.log`).catch(() => "");
    return `${this.log.tail()}\n${log.slice(-4_000)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.log.ended();
    await waitUntil(async () => {
      // A group can be removed once the last of its processes is gone.
      const remove = `find ${this.#group} -depth -type d -exec rmdir {} +`;
      const { success } = await commandIn(HERE, [...WITH_GROUPS, remove], { stderr: "null" })
        .output();
      return success || undefined;
    }, { what: `the end of the control group ${this.#group}` });
  }

  /** Runs a command in namespaces of systemd. */
  async #run(...command: readonly string[]): Promise<string> {
    const { pid } = this.#child;
    const first = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
    return await runIn(HERE, "nsenter", "--target", first.trim(), ...command);
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A line of `/proc/PID/status`. */
async function statusOf(pid: number, field: string): Promise<string> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return new RegExp(`^${field}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
}

/** Asserts that a process has what the unit gives it, and no more. */
async function assertConfined(pid: number): Promise<void> {
  assert.match(await statusOf(pid, "Uid"), /^[1-9]\d{4}\b/, "a user of its own");
  for (const set of ["CapEff", "CapPrm", "CapBnd", "CapAmb"]) {
    assert.equal(BigInt(`0x${await statusOf(pid, set)}`), CAPABILITIES, set);
  }
  assert.equal(await statusOf(pid, "NoNewPrivs"), "1");
  assert.equal(await statusOf(pid, "Seccomp"), "2", "a filter of system calls");
}

/** Applies examples/, of which a pool and a VM are on `default/net-48`, the network of the unit. */
async function applyExamples(shell: ConsoleShell, host: ServiceHost): Promise<void> {
  const kubeconfig = `${host.state}/private/vm-dhcp/kubeconfig`;
  await waitUntil(() => exists(kubeconfig) || undefined, {
    what: "the kubeconfig",
    explain: () => host.tail(),
  });
  await shell.run(`export KUBECONFIG=${kubeconfig}`);
  const ready = "kubectl get --raw /readyz";
  await waitUntil(async () => await shell.run(ready) === "ok" || undefined, { what: ready });
  await shell.succeed(`kubectl apply -f ${PROJECT}/examples/`);
}

await integrationTest({
  name: "the service of examples/vm-dhcp.service is hardly exposed, by systemd-analyze",
  needs: ["systemd-networkd"],
  run: async () => {
    const limit = `--threshold=${EXPOSURE_MAX * 10}`;
    await runIn(HERE, "systemd-analyze", "security", "--offline=true", limit, UNIT);
  },
});

await integrationTest({
  name: "the service of examples/vm-dhcp.service serves a client, confined as it is",
  needs: ["namespaces", "real root", "executable", "systemd-networkd", "udhcpc"],
  run: async () => {
    await using cleanUp = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir();
    cleanUp.defer(() => Deno.remove(folder, { recursive: true }));
    const state = `${folder}/state`;
    await Deno.mkdir(state, { mode: 0o755 });
    const place = cleanUp.use(await NetworkNamespace.create());
    const bridge = await createBridge(place, "br48");
    const host = cleanUp.use(new ServiceHost(place, state));
    const pid = await host.process();
    await assertConfined(pid);
    assert.deepEqual(host.log.lines.filter((line) => line.includes("vm-dhcp.service:")), []);

    const shell = cleanUp.use(await openConsole(place, folder));
    await applyExamples(shell, host);
    const plug = async (port: string) => {
      await runIn(HERE, "ip", "link", "set", port, "netns", String(place.pid));
      await bridge.attach(port);
      await runIn(place, "ip", "link", "set", port, "up");
    };
    const nic = cleanUp.use(await VirtualNic.create({ ...bridge, attach: plug }, VM.mac));
    const client = cleanUp.use(await DhcpClient.start("udhcpc", nic, folder));
    assert.equal(await client.bound(), VM.address, await host.tail());

    await host.shell("systemctl reload vm-dhcp");
    assert.equal(await host.process(), pid, "a reload is no restart");
    Deno.kill(pid, "SIGKILL");
    await assertConfined(await host.process(pid));
    client.signal("SIGUSR1");
    await client.waitFor("a renewal", ({ kind }) => kind === "renewed");

    await host.shell(`
      /usr/local/bin/vm-dhcp backup /var/lib/vm-dhcp.tar --data-dir /var/lib/vm-dhcp
      systemctl stop vm-dhcp
      mv /var/lib/private/vm-dhcp /var/lib/private/vm-dhcp.before
      mkdir -m 700 /var/lib/private/vm-dhcp
      tar -xf /var/lib/vm-dhcp.tar -C /var/lib/private/vm-dhcp
      systemctl start vm-dhcp
    `);
    await assertConfined(await host.process());
    await waitUntil(async () => {
      const printed = await shell.run("kubectl get vmnetcfg test-vm --no-headers");
      return printed.includes(VM.address) || undefined;
    }, { what: "the restored record", explain: () => host.tail() });
  },
});
