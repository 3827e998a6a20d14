/** Makes transcripts of different servers comparable: what must differ gets a common name. */

import type { JsonObject } from "../../../lib/api/meta.ts";
import type { Step } from "./recorded_api.ts";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const AGE = /^\d+s$/;
/** Behind `generateName`. */
const SUFFIX = /[a-z0-9]{5}$/;

/**
 * The steps as lines, one for each value in them, such as
 * `2 GET gadgets/a: body.metadata.name` with the value `"a"`.
 */
export function linesOf(steps: readonly Step[], namespace: string): Map<string, string> {
  const lines = new Map<string, string>();
  const common = new CommonNames(steps, namespace);
  for (const [index, { request, result }] of steps.entries()) {
    const where = `${index + 1} ${common.text(request)}:`;
    flatten(common.value(result, ""), "", (path, value) => {
      lines.set(`${where} ${path}`, JSON.stringify(value));
    });
  }
  return lines;
}

/** Names for what a server chooses: the same in each transcript where the same is meant. */
class CommonNames {
  readonly #uids = new Map<string, string>();
  readonly #names = new Map<string, string>();
  readonly #versions: readonly string[];
  /** The highest resourceVersion of an object so far. */
  #newest = 0;

  constructor(steps: readonly Step[], readonly namespace: string) {
    const versions = new Set<string>();
    visit(steps, (metadata) => {
      if (isObjectMetadata(metadata)) versions.add(String(metadata["resourceVersion"]));
    });
    this.#versions = [...versions].sort((a, b) => Number(a) - Number(b));
  }

  value(value: unknown, key: string): unknown {
    if (Array.isArray(value)) return value.map((item) => this.value(item, key));
    if (typeof value === "string") {
      if (key === "continue" && value !== "") return "<continue>";
      return key === "cells" && AGE.test(value) ? "<age>" : this.text(value);
    }
    if (typeof value !== "object" || value === null) return value;
    const members = Object.entries(value);
    if (key === "metadata") return this.#metadata(value as JsonObject);
    return Object.fromEntries(members.map(([name, member]) => [name, this.value(member, name)]));
  }

  text(text: string): string {
    let common = text
      .replaceAll(this.namespace, "<namespace>")
      .replace(UUID, (uid) => this.#uid(uid))
      .replace(TIME, (_, fraction) => fraction === undefined ? "<time>" : "<precise time>")
      .replace(/resource version: (\d+) \(\d+\)/, "resource version: $1 (<newest>)");
    for (const [name, alias] of this.#names) common = common.replaceAll(name, alias);
    return common;
  }

  #metadata(metadata: JsonObject): JsonObject {
    this.#learnName(metadata);
    const { resourceVersion, managedFields: _, ...rest } = metadata;
    const entries = Object.entries(rest).map(([name, value]) => [name, this.value(value, name)]);
    if (resourceVersion === undefined) return Object.fromEntries(entries);
    const version = isObjectMetadata(metadata)
      ? this.#objectVersion(String(resourceVersion))
      : this.#listVersion(String(resourceVersion));
    return { ...Object.fromEntries(entries), resourceVersion: version };
  }

  /** Other objects of the server may have moved on: only the order counts. */
  #objectVersion(version: string): string {
    this.#newest = Math.max(this.#newest, Number(version));
    return `<version ${this.#versions.indexOf(version) + 1}>`;
  }

  #listVersion(version: string): string {
    if (version === "") return "";
    return Number(version) >= this.#newest ? "<current>" : "<old>";
  }

  #learnName({ generateName, name }: JsonObject): void {
    if (typeof generateName !== "string" || typeof name !== "string") return;
    if (name.startsWith(generateName) && SUFFIX.test(name) && !this.#names.has(name)) {
      this.#names.set(name, `${generateName}<generated ${this.#names.size + 1}>`);
    }
  }

  #uid(uid: string): string {
    const known = this.#uids.get(uid);
    if (known !== undefined) return known;
    const alias = `<uid ${this.#uids.size + 1}>`;
    this.#uids.set(uid, alias);
    return alias;
  }
}

/** Lists and bookmarks have a version, too, but not one of their own. */
function isObjectMetadata(metadata: JsonObject): boolean {
  return metadata["resourceVersion"] !== undefined && metadata["uid"] !== undefined;
}

function visit(value: unknown, see: (metadata: JsonObject) => void): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === "metadata" && typeof member === "object" && member !== null) {
      see(member as JsonObject);
    }
    visit(member, see);
  }
}

function flatten(
  value: unknown,
  path: string,
  emit: (path: string, value: unknown) => void,
): void {
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (members.length === 0) emit(path, value);
  for (const [key, member] of members) {
    flatten(member, path === "" ? key : `${path}.${key}`, emit);
  }
}
