/** A mapping within a kubeconfig file that knows where it stands, so that errors can say so. */

import { asJsonObject, type JsonObject } from "../../base/json.ts";
import { dirname, resolve } from "node:path";
import type { Material } from "./cluster_access.ts";

/** A kubeconfig that cannot be used. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";

  /**
   * @param file Path of the file.
   * @param field Path of the field within it, such as `users[0].user.exec`.
   * @param problem Continues the sentence that begins with the field.
   */
  constructor(readonly file: string, readonly field: string, problem: string) {
    super(`${file}: ${field} ${problem}`);
  }
}

/** Strict access to the fields of a mapping. An empty text counts as absent, as in client-go. */
export class KubeconfigSection {
  /** Path of the file. */
  readonly file: string;
  readonly #place: string;
  readonly #fields: JsonObject;

  /**
   * @param file Path of the file.
   * @param place Path of the mapping within it; empty for the root.
   */
  constructor(file: string, place: string, fields: JsonObject) {
    this.file = file;
    this.#place = place;
    this.#fields = fields;
  }

  /** An error about a field of this mapping. */
  error(field: string, problem: string): KubeconfigError {
    return new KubeconfigError(this.file, this.#placeOf(field), problem);
  }

  /** @throws {KubeconfigError} when one of the fields is set. */
  refuse(fields: readonly string[], problem: string): void {
    for (const field of fields) {
      const value = this.#fields[field];
      if (value !== undefined && value !== null && value !== "") throw this.error(field, problem);
    }
  }

  text(field: string): string | undefined {
    const value = this.#fields[field] ?? "";
    if (typeof value !== "string") throw this.error(field, "must be a text");
    return value === "" ? undefined : value;
  }

  requiredText(field: string): string {
    const value = this.text(field);
    if (value === undefined) throw this.error(field, "is missing");
    return value;
  }

  flag(field: string): boolean {
    const value = this.#fields[field] ?? false;
    if (typeof value !== "boolean") throw this.error(field, "must be true or false");
    return value;
  }

  /** A path, made absolute from the folder of the file. */
  path(field: string): string | undefined {
    const value = this.text(field);
    return value === undefined ? undefined : resolve(dirname(this.file), value);
  }

  /** PEM blocks in base64. */
  pemData(field: string): string | undefined {
    const encoded = this.text(field);
    if (encoded === undefined) return undefined;
    const text = decodeBase64(encoded);
    if (text?.includes("-----BEGIN ")) return text;
    throw this.error(field, "must be PEM in base64");
  }

  /** A certificate or key: what is in the file itself wins over a path. */
  pem(field: string): Material | undefined {
    const text = this.pemData(`${field}-data`);
    if (text !== undefined) return { text };
    const path = this.path(field);
    return path === undefined ? undefined : { path };
  }

  texts(field: string): readonly string[] {
    const items = this.#fields[field] ?? [];
    if (Array.isArray(items) && items.every((item) => typeof item === "string")) return items;
    throw this.error(field, "must be a list of texts");
  }

  optionalSection(field: string): KubeconfigSection | undefined {
    const value = this.#fields[field] ?? undefined;
    return value === undefined ? undefined : this.section(field);
  }

  section(field: string): KubeconfigSection {
    const fields = asJsonObject(this.#fields[field]);
    if (fields === undefined) throw this.error(field, "must be a mapping");
    return new KubeconfigSection(this.file, this.#placeOf(field), fields);
  }

  sections(field: string): readonly KubeconfigSection[] {
    const items = this.#fields[field] ?? [];
    if (!Array.isArray(items)) throw this.error(field, "must be a list");
    return items.map((item, index) => {
      const fields = asJsonObject(item);
      if (fields === undefined) throw this.error(`${field}[${index}]`, "must be a mapping");
      return new KubeconfigSection(this.file, `${this.#placeOf(field)}[${index}]`, fields);
    });
  }

  #placeOf(field: string): string {
    return this.#place === "" ? field : `${this.#place}.${field}`;
  }
}

function decodeBase64(encoded: string): string | undefined {
  try {
    return atob(encoded);
  } catch {
    return undefined;
  }
}
