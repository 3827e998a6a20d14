/** The definitions of the Prometheus operator, out of its published module. */

import { findGo } from "./go_toolchain.ts";
import { cacheFolder } from "./programs.ts";

const MODULE = "github.com/prometheus-operator/prometheus-operator";
const VERSION = "v0.85.0";

/** What Go calculates of the module's files: nothing else needs to vouch for them. */
const SUM = "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=";

/** The kinds whose definitions are taken. */
const PLURALS = ["podmonitors", "prometheusrules", "servicemonitors"] as const;

/** Paths of the definitions of PodMonitor, PrometheusRule and ServiceMonitor, if they are in the cache. */
export async function findOperatorDefinitions(): Promise<readonly string[] | undefined> {
  const paths = pathsIn(folder());
  const found = await Promise.all(
    paths.map((path) => Deno.stat(path).then(() => true, () => false)),
  );
  return found.every((isThere) => isThere) ? paths : undefined;
}

/**
 * Fetches them unless they are there.
 *
 * @throws {Error} that says what to install when there is no Go, or why the module cannot be had.
 */
export async function fetchOperatorDefinitions(): Promise<string> {
  if (await findOperatorDefinitions() !== undefined) return folder();
  await Deno.mkdir(folder(), { recursive: true });
  const go = await findGo(`${import.meta.dirname}/kubernetes`, cacheFolder());
  const { success, stdout, stderr } = await new Deno.Command(go, {
    args: ["mod", "download", "-json", `${MODULE}@${VERSION}`],
    // Outside of any module, and checked here.
    cwd: folder(),
    env: { GONOSUMDB: MODULE, GOTOOLCHAIN: "local" },
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`cannot download ${MODULE}: ${decoder.decode(stderr)}`);
  const { Dir, Sum }: { Dir: string; Sum: string } = JSON.parse(decoder.decode(stdout));
  if (Sum !== SUM) throw new Error(`${MODULE} ${VERSION} has the sum ${Sum}, not ${SUM}`);
  const sources = pathsIn(`${Dir}/example/prometheus-operator-crd`);
  for (const [i, path] of pathsIn(folder()).entries()) await Deno.copyFile(sources[i]!, path);
  return folder();
}

function folder(): string {
  return `${cacheFolder()}/prometheus-operator-${VERSION}`;
}

function pathsIn(folder: string): readonly string[] {
  return PLURALS.map((plural) => `${folder}/monitoring.coreos.com_${plural}.yaml`);
}
