/** Makes transcripts of different servers comparable: what has to differ gets a common name. */

import type { JsonObject } from "../../../lib/base/json.ts";
import type { Step } from "./recorded_api.ts";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const AGE = /^\d+s$/;

/** The steps with common names for what a server chooses: names, identifiers, times, versions. */
export function commonTranscript(steps: readonly Step[], namespace: string): Step[] {
  const names = new CommonNames(namespace);
  return steps.map(({ request, result }) => {
    names.learn(result);
    return { request: names.text(request), result: names.value(result, "") };
  });
}

/** Gives one name to the same thing on each server. */
class CommonNames {
  readonly #aliases = new Map<string, string>();
  readonly #versions = new Map<string, string[]>();
  /** The highest resourceVersion of an object so far. */
  #newest = 0;

  constructor(readonly namespace: string) {}

  /** Finds uids and generated names, which may occur in other places as well. */
  learn(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    const { name, uid, generateName } = value as JsonObject;
    if (typeof name === "string" && typeof generateName === "string" && name !== generateName) {
      this.#alias(name, `${generateName}<generated>`);
    }
    if (typeof uid === "string") this.#alias(uid, `<uid of ${this.text(String(name))}>`);
    for (const member of Object.values(value)) this.learn(member);
  }

  value(value: unknown, key: string): unknown {
    if (Array.isArray(value)) return value.map((item) => this.value(item, key));
    if (typeof value === "string") {
      if (key === "continue" && value !== "") return "<continue>";
      return key === "cells" && AGE.test(value) ? "<age>" : this.text(value);
    }
    if (typeof value !== "object" || value === null) return value;
    if (key === "metadata") return this.#metadata(value as JsonObject);
    return this.#members(isStatus(value) ? withoutWording(value) : value);
  }

  text(text: string): string {
    let common = text;
    for (const [name, alias] of this.#aliases) common = common.replaceAll(name, alias);
    return common
      .replaceAll(this.namespace, "<namespace>")
      .replace(UUID, "<uid>")
      .replace(TIME, (_, fraction) => fraction === undefined ? "<time>" : "<precise time>")
      .replace(/(resourceVersion=)[1-9]\d+/, "$1<version>")
      .replace(/(continue=)[^&]{20,}/, "$1<continue>");
  }

  #members(object: object): JsonObject {
    const members = Object.entries(object);
    return Object.fromEntries(members.map(([name, member]) => [name, this.value(member, name)]));
  }

  #metadata(metadata: JsonObject): JsonObject {
    const { resourceVersion, managedFields: _, ...rest } = metadata;
    const common = this.#members(rest);
    if (resourceVersion === undefined) return common;
    const version = metadata["uid"] === undefined
      ? this.#listVersion(String(resourceVersion))
      : this.#objectVersion(String(metadata["uid"]), String(resourceVersion));
    return { ...common, resourceVersion: version };
  }

  /** Counts for each object; other objects of the server may be written in between. */
  #objectVersion(uid: string, version: string): string {
    const known = this.#versions.get(uid) ?? [];
    if (!known.includes(version)) known.push(version);
    this.#versions.set(uid, known);
    const order = Number(version) >= this.#newest ? "newest" : "older";
    this.#newest = Math.max(this.#newest, Number(version));
    return `<version ${known.indexOf(version) + 1}, ${order}>`;
  }

  #listVersion(version: string): string {
    if (version === "") return "";
    return Number(version) >= this.#newest ? "<current>" : "<old>";
  }

  #alias(text: string, alias: string): void {
    if (text === "" || this.#aliases.has(text)) return;
    const same = [...this.#aliases.values()].filter((other) => other.startsWith(alias)).length;
    this.#aliases.set(text, same === 0 ? alias : `${alias} (${same + 1})`);
  }
}

function isStatus(value: object): value is JsonObject {
  return "kind" in value && value.kind === "Status";
}

/**
 * Each server has its own messages, and may repeat one; the fields have to agree. Only kube-apiserver
 * remarks that it did not evaluate rules because of other errors.
 */
function withoutWording({ message: _, details, ...rest }: JsonObject): JsonObject {
  const { causes = [], ...others } = (details ?? {}) as {
    readonly causes?: readonly { readonly reason?: string; readonly field?: string }[];
  };
  const fields = new Set(
    causes
      .filter(({ field }) => field !== "<nil>")
      .map(({ reason = "", field = "" }) => `${reason} ${field}`),
  );
  return {
    ...rest,
    ...(Object.keys(others).length === 0 ? {} : { details: others }),
    ...(fields.size === 0 ? {} : { causes: [...fields].sort() }),
  };
}
