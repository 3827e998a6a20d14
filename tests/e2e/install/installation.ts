/** A cluster with nodes on which an administrator types what documents say. */

import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { messageOf } from "../../../lib/base/errors.ts";
import { helmPath, kubectlPath } from "../../../tools/kubernetes/programs.ts";
import { at } from "../../support/apiserver/api_connection.ts";
import { type KubeApi, openKubeApi } from "../../support/apiserver/kube_api.ts";
import { readDefinitions } from "../../support/cluster/definitions.ts";
import { type ConsoleStep, readConsoleSteps } from "../../support/console/console_session.ts";
import { ConsoleShell } from "../../support/console/console_shell.ts";
import { runConsoleSteps } from "../../support/console/run_console_steps.ts";
import { builtImage } from "../../support/image/built_image.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { isTrue, itemsOf, nameOf, NodeCluster } from "../../support/nodes/node_cluster.ts";
import { PROGRAMS } from "../../support/process/standalone_process.ts";
import { type AgentPod, agentsOf, agentsReady } from "../agent_pods.ts";
import { Machines } from "../machines.ts";

const PROJECT = resolve(import.meta.dirname ?? ".", "../../..");

/** Namespace and name of the release in README.md. */
export const NAMESPACE = "harvester-system";
export const RELEASE = "harvester-vm-dhcp-controller";

/** What an installation needs of the host. */
export const INSTALLATION_NEEDS = [
  "nodes",
  "kube",
  "helm",
  "executable",
  "buildah",
  "busybox",
  "namespaces",
  "real root",
  "tshark",
] as const;

/** Until what a command shows is so: agents have to start first. */
const AGENTS_START_MS_MAX = 30_000;

/** A Pod of the release. */
interface ReleasePod {
  readonly name: string;
  readonly node: string;
  readonly uid: string;
}

/** A cluster, a shell on its workstation, and machines on the VM network. */
export class Installation implements AsyncDisposable {
  readonly #typed = new Set<string>();

  private constructor(
    readonly cluster: NodeCluster,
    readonly kube: KubeApi,
    readonly machines: Machines,
    private readonly shell: ConsoleShell,
    private readonly cleanUp: AsyncDisposableStack,
  ) {}

  /**
   * Starts a cluster that has never heard of our kinds, and whose nodes have the image of the chart.
   *
   * @param aliases Further names of images that they have.
   */
  static async start(aliases: Readonly<Record<string, string>> = {}): Promise<Installation> {
    await using cleanUp = new AsyncDisposableStack();
    const { archive, name } = await builtImage();
    const cluster = cleanUp.use(
      await NodeCluster.start({
        nodes: 2,
        archives: [archive],
        aliases: { [await imageOfChart()]: name, ...aliases },
        definitions: readDefinitions().filter((definition) =>
          at(definition, "spec.group") !== "network.harvesterhci.io"
        ),
      }),
    );
    const kube = cleanUp.use(await openKubeApi(cluster.controlPlane.access.kubeconfig));
    const shell = cleanUp.use(await openShell(cluster));
    const machines = cleanUp.use(new Machines(cluster));
    return new Installation(cluster, kube, machines, shell, cleanUp.move());
  }

  /** Runs a command. @returns What it printed. @throws {Error} when it fails. */
  async run(command: string): Promise<string> {
    try {
      return await this.shell.succeed(command);
    } catch (error) {
      throw new Error(`${messageOf(error)}\n${await this.cluster.tail()}`, { cause: error });
    }
  }

  /** Types a command of a document; what is shown below it is what it has to print. */
  async type(step: ConsoleStep): Promise<void> {
    this.#typed.add(step.command);
    if (step.output === "") await this.run(step.command);
    else {
      await runConsoleSteps(this.shell, {
        path: "line",
        steps: [step],
        places: [],
        settledMsMax: AGENTS_START_MS_MAX,
      });
    }
  }

  /** Those that have not been typed yet. */
  untyped(steps: readonly ConsoleStep[]): readonly string[] {
    return steps.map(({ command }) => command).filter((command) => !this.#typed.has(command));
  }

  /** Waits until so many agents are ready, or those that `isWanted` likes, and there are no others. */
  async settled(count: number, isWanted: (pod: AgentPod) => boolean = () => true): Promise<void> {
    await waitUntil(async () => {
      const pods = await agentsReady(this.cluster, count, isWanted);
      return (await agentsOf(this.cluster)).length === count && pods.length === count || undefined;
    }, { what: `${count} agents and no other`, limitMs: 120_000 });
  }

  /** The controllers that are ready. */
  controllers(): Promise<readonly ReleasePod[]> {
    return this.#podsOf(RELEASE);
  }

  /** The replicas of the webhook that are ready. */
  webhooks(): Promise<readonly ReleasePod[]> {
    return this.#podsOf(`${RELEASE}-webhook`);
  }

  async #podsOf(name: string): Promise<readonly ReleasePod[]> {
    const selector = `labelSelector=app.kubernetes.io/name%3D${name}`;
    const path = `/api/v1/namespaces/${NAMESPACE}/pods?${selector}`;
    const { body } = await this.cluster.api.send("GET", path);
    return itemsOf(body).filter((pod) => isTrue(pod, "Ready")).map((pod) => ({
      name: nameOf(pod),
      node: String(at(pod, "spec.nodeName")),
      uid: String(at(pod, "metadata.uid")),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cleanUp.disposeAsync();
  }
}

/** Runs a step of a story that makes no sense without it. @throws {Error} when it fails. */
export async function step(
  context: Deno.TestContext,
  name: string,
  act: () => Promise<void>,
): Promise<void> {
  if (!await context.step(name, act)) throw new Error(`what follows needs the step: ${name}`);
}

/** The commands below a heading of a document. */
export async function documentSteps(
  path: string,
  heading: string,
): Promise<readonly ConsoleStep[]> {
  return readConsoleSteps(await Deno.readTextFile(`${PROJECT}/${path}`), heading);
}

/** The image that the chart names when its values say nothing. */
async function imageOfChart(): Promise<string> {
  const read = async (file: string) => parse(await Deno.readTextFile(`${PROJECT}/chart/${file}`));
  const [values, chart] = [await read("values.yaml"), await read("Chart.yaml")];
  return `${at(values, "image.repository")}:${at(chart, "appVersion")}`;
}

/** Beside the chart, with nothing of the user's own configuration. */
async function openShell(
  { workstation, controlPlane, folder }: NodeCluster,
): Promise<ConsoleShell> {
  // As on a terminal, where curl shows no progress while it prints.
  await Deno.writeTextFile(`${folder}/.curlrc`, "silent\n");
  const paths = [await helmPath(), await kubectlPath(), PROGRAMS.executable[0]];
  return new ConsoleShell({
    // Whatever a command has left in the background ends with the shell.
    place: {
      enter: [...workstation.enter, "unshare", "--pid", "--fork", "--kill-child=KILL"],
      pid: workstation.pid,
    },
    cwd: PROJECT,
    env: {
      PATH: [...paths.map((path) => dirname(path)), Deno.env.get("PATH") ?? ""].join(":"),
      KUBECONFIG: controlPlane.access.kubeconfig,
      HOME: folder,
      TMPDIR: "/tmp",
      LC_ALL: "C",
      TZ: "UTC",
    },
  });
}
