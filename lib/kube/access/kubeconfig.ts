/**
 * Reads kubeconfig files (`clientcmd/api/v1` of client-go): from texts to {@link ClusterAccess},
 * without touching a file.
 */

import { asJsonObject, defined, type JsonObject } from "../../base/json.ts";
import { LineCounter, parseDocument } from "yaml";
import type { ClusterAccess } from "./cluster_access.ts";
import { serverOf } from "./kubeconfig_cluster.ts";
import { KubeconfigError, KubeconfigSection } from "./kubeconfig_section.ts";
import { identityOf } from "./kubeconfig_user.ts";

/** A kubeconfig file as it was read. */
export interface KubeconfigFile {
  /** Absolute; relative paths within the file start from its folder. */
  readonly path: string;
  readonly text: string;
}

/** The entries of one or several files. */
export interface Kubeconfig {
  /** Where it came from, for messages. */
  readonly source: string;
  readonly currentContext: string | undefined;
  readonly clusters: ReadonlyMap<string, KubeconfigSection>;
  readonly users: ReadonlyMap<string, KubeconfigSection>;
  readonly contexts: ReadonlyMap<string, KubeconfigSection>;
}

/**
 * Merges files as `KUBECONFIG` lists them: for each entry and for the current context, the first
 * file that has it wins.
 *
 * @throws {KubeconfigError} when a file is no kubeconfig.
 */
export function mergeKubeconfigs(files: readonly KubeconfigFile[]): Kubeconfig {
  const merged = {
    source: files.map((file) => file.path).join(":"),
    currentContext: undefined as string | undefined,
    clusters: new Map<string, KubeconfigSection>(),
    users: new Map<string, KubeconfigSection>(),
    contexts: new Map<string, KubeconfigSection>(),
  };
  for (const file of files) {
    const root = new KubeconfigSection(file.path, "", parseYaml(file));
    merged.currentContext ??= root.text("current-context");
    collectEntries(root, { list: "clusters", item: "cluster" }, merged.clusters);
    collectEntries(root, { list: "users", item: "user" }, merged.users);
    collectEntries(root, { list: "contexts", item: "context" }, merged.contexts);
  }
  return merged;
}

/**
 * What one context of the configuration says.
 *
 * @param contextName Absent for the current context.
 * @throws {KubeconfigError} that names the file and the field.
 */
export function clusterAccessOf(config: Kubeconfig, contextName?: string): ClusterAccess {
  const chosen = contextName ?? config.currentContext;
  if (chosen === undefined) {
    throw new KubeconfigError(config.source, "current-context", "is not set: name a context");
  }
  const context = config.contexts.get(chosen);
  if (context === undefined) {
    throw new KubeconfigError(config.source, "contexts", `has no context "${chosen}"`);
  }
  const cluster = referenced(context, "cluster", config.clusters);
  const user = context.text("user") === undefined
    ? undefined
    : referenced(context, "user", config.users);
  return {
    ...serverOf(cluster),
    ...defined({ namespace: context.text("namespace") }),
    ...(user === undefined ? {} : identityOf(user, cluster)),
  };
}

function referenced(
  context: KubeconfigSection,
  field: string,
  entries: ReadonlyMap<string, KubeconfigSection>,
): KubeconfigSection {
  const name = context.requiredText(field);
  const entry = entries.get(name);
  if (entry === undefined) throw context.error(field, `there is no ${field} "${name}"`);
  return entry;
}

function collectEntries(
  root: KubeconfigSection,
  { list, item }: { readonly list: string; readonly item: string },
  into: Map<string, KubeconfigSection>,
): void {
  for (const entry of root.sections(list)) {
    const name = entry.requiredText("name");
    if (!into.has(name)) into.set(name, entry.section(item));
  }
}

/** The parser's messages would repeat lines of the file, which may hold secrets. */
function parseYaml({ path, text }: KubeconfigFile): JsonObject {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) {
    const { line } = lineCounter.linePos(error.pos[0]);
    throw new KubeconfigError(path, `line ${line}`, `is no valid YAML (${error.code})`);
  }
  const root = asJsonObject(document.toJS());
  if (root === undefined) throw new KubeconfigError(path, "kind", "is missing: expected Config");
  return root;
}
