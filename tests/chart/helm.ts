/** Runs helm on the chart, and reads what it renders. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import type { KubeObject } from "../../lib/api/meta.ts";
import { parseAllDocuments } from "yaml";
import { helmPath } from "../../tools/kubernetes/programs.ts";
import { PROJECT } from "../../tools/steps.ts";

export const CHART = `${PROJECT}/chart`;

/** Name of the release, and its namespace, as README.md has them. */
export const RELEASE = "harvester-vm-dhcp-controller";
export const NAMESPACE = "harvester-system";

/** What a chart is rendered with. */
export interface RenderOptions {
  readonly values?: JsonObject;
  /** Files with values, of which later ones win. */
  readonly files?: readonly string[];
  /** Further arguments, such as `--api-versions=monitoring.coreos.com/v1`. */
  readonly args?: readonly string[];
  readonly chart?: string;
  readonly release?: string;
  readonly namespace?: string;
}

/** How a run of helm ended. */
export interface HelmResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs helm; nothing of the user's own configuration is read. */
export async function runHelm(
  args: readonly string[],
  { env = {}, input }: {
    readonly env?: Readonly<Record<string, string>>;
    readonly input?: string;
  } = {},
): Promise<HelmResult> {
  const home = await Deno.makeTempDir();
  try {
    const child = new Deno.Command(await helmPath(), {
      args: [...args],
      env: { HOME: home, KUBECONFIG: "/dev/null", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    if (input !== undefined) await writer.write(new TextEncoder().encode(input));
    await writer.close();
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** Runs `helm template`. */
export async function template(options: RenderOptions = {}): Promise<HelmResult> {
  const { values = {}, files = [], args = [] } = options;
  const { chart = CHART, release = RELEASE, namespace = NAMESPACE } = options;
  return await runHelm([
    ...["template", release, chart, "--namespace", namespace],
    ...files.flatMap((file) => ["--values", file]),
    ...["--values", "-", ...args],
  ], { input: JSON.stringify(values) });
}

/** The objects that the chart makes. */
export async function render(options: RenderOptions = {}): Promise<readonly KubeObject[]> {
  const { code, stdout, stderr } = await template(options);
  assert.equal(code, 0, stderr);
  return parseObjects(stdout);
}

/** The objects of a stream of YAML documents. */
export function parseObjects(text: string): readonly KubeObject[] {
  return parseAllDocuments(text).map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS() as KubeObject | null;
  }).filter((object) => object !== null);
}

/** What helm says about values that the chart does not take. */
export async function refusal(values: JsonObject): Promise<string> {
  const { code, stdout, stderr } = await template({ values });
  assert.notEqual(code, 0, `it is rendered: ${stdout}`);
  return stderr;
}

/** The one object of a kind, with this name if there are several. */
export function only(objects: readonly KubeObject[], kind: string, name?: string): KubeObject {
  const found = objects.filter((object) =>
    object.kind === kind && (name === undefined || object.metadata.name === name)
  );
  assert.equal(found.length, 1, `${found.length} of ${kind} ${name ?? ""}`);
  return found[0]!;
}

/** A field such as `spec.ports.0.port`; dots in names are written `\\.`. */
export function fieldOf(object: unknown, path: string): unknown {
  return path.split(/(?<!\\)\./).map((name) => name.replaceAll("\\.", ".")).reduce<unknown>(
    (found, name) => (found as JsonObject | undefined)?.[name],
    object,
  );
}
