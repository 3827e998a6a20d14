/** Finds and reads manifest files; whatever is wrong with one becomes a problem with its name. */

import { setImmediate } from "node:timers/promises";
import { messageOf } from "../base/errors.ts";
import {
  type ManifestObject,
  type ManifestProblem,
  parseManifestParts,
} from "./manifest_documents.ts";

/** Largest file. Reading one must not keep the process from its other work for long. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;

/** As kubectl takes them. */
const EXTENSION = /\.(?:ya?ml|json)$/;
/** Hidden files, such as the folders of a mounted ConfigMap, and what editors leave. */
const LEFTOVER = /^[.#]/;

/** Objects and problems of all files. */
export interface ReadManifests {
  readonly objects: ManifestObject[];
  readonly problems: ManifestProblem[];
}

/**
 * Reads manifest files, and lets others work between two documents.
 *
 * @param paths Files, or folders, of which the `.yaml`, `.yml` and `.json` files are read.
 * @param signal Ends it between two documents.
 */
export async function readManifests(
  paths: readonly string[],
  signal: AbortSignal,
): Promise<ReadManifests> {
  const objects: ManifestObject[] = [];
  const problems: ManifestProblem[] = [];
  for (const path of paths) {
    for (const file of await filesAt(path, problems)) {
      const text = await readText(file, problems);
      for (const part of parseManifestParts(file, text)) {
        for (const object of part.objects) objects.push(object);
        for (const problem of part.problems) problems.push(problem);
        await setImmediate();
        signal.throwIfAborted();
      }
    }
  }
  return { objects, problems };
}

function problem(file: string, message: string, line = 1): ManifestProblem {
  return { file, line, field: "", message };
}

async function filesAt(path: string, problems: ManifestProblem[]): Promise<string[]> {
  try {
    if (!(await Deno.stat(path)).isDirectory) return [path];
    const files: string[] = [];
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (EXTENSION.test(name) && !LEFTOVER.test(name) && !isDirectory) {
        files.push(`${path}/${name}`);
      }
    }
    if (files.length === 0) {
      problems.push(problem(path, "the folder has no files that end in .yaml, .yml or .json"));
    }
    return files.sort();
  } catch (error) {
    problems.push(problem(path, await reasonOf(path, error)));
    return [];
  }
}

/** The text of a file; an empty one when there is a problem with it. */
async function readText(file: string, problems: ManifestProblem[]): Promise<string> {
  try {
    // Before it is opened: to open a pipe waits for a writer.
    const { isFile, isDirectory } = await Deno.stat(file);
    if (!isFile) {
      problems.push(problem(file, isDirectory ? "is a folder" : "is no regular file"));
      return "";
    }
    using opened = await Deno.open(file);
    const bytes = await readUpTo(opened, FILE_BYTES_MAX + 1);
    if (bytes.length > FILE_BYTES_MAX) {
      problems.push(problem(file, `is larger than ${FILE_BYTES_MAX / 1024 / 1024} MiB`));
      return "";
    }
    return decode(file, bytes, problems);
  } catch (error) {
    problems.push(problem(file, await reasonOf(file, error)));
    return "";
  }
}

async function readUpTo(file: Deno.FsFile, length: number): Promise<Uint8Array> {
  const { size } = await file.stat();
  let bytes = new Uint8Array(Math.min(size + 1, length));
  let end = 0;
  for (;;) {
    const read = await file.read(bytes.subarray(end));
    if (read === null) return bytes.subarray(0, end);
    end += read;
    if (end === length) return bytes;
    if (end < bytes.length) continue;
    // It has grown meanwhile.
    const larger = new Uint8Array(Math.min(2 * bytes.length, length));
    larger.set(bytes);
    bytes = larger;
  }
}

/** Decodes UTF-8, and UTF-16 that begins with a byte order mark (YAML 1.2.2 section 5.2). */
function decode(file: string, bytes: Uint8Array, problems: ManifestProblem[]): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe
    ? "utf-16le"
    : bytes[0] === 0xfe && bytes[1] === 0xff
    ? "utf-16be"
    : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    const valid = validLength(encoding, bytes);
    const before = new TextDecoder(encoding).decode(bytes.subarray(0, valid));
    const message = `has bytes that are no ${encoding.toUpperCase()}`;
    problems.push(problem(file, message, before.split("\n").length));
    return "";
  }
}

/** How many of the bytes can be decoded. */
function validLength(encoding: string, bytes: Uint8Array): number {
  let [valid, invalid] = [0, bytes.length];
  while (invalid - valid > 1) {
    const middle = Math.floor((valid + invalid) / 2);
    try {
      const decoder = new TextDecoder(encoding, { fatal: true });
      decoder.decode(bytes.subarray(0, middle), { stream: true });
      valid = middle;
    } catch {
      invalid = middle;
    }
  }
  return valid;
}

async function reasonOf(path: string, error: unknown): Promise<string> {
  if (error instanceof Deno.errors.NotFound) {
    const target = await Deno.readLink(path).catch(() => undefined);
    if (target === undefined) return "there is no such file or folder";
    return `links to ${target}, which does not exist`;
  }
  if (error instanceof Deno.errors.PermissionDenied) return "may not be read";
  // The runtime keeps some files of the system from programs, and speaks of its own flags.
  if (error instanceof Deno.errors.NotCapable) return "is a file of the system, which is not read";
  if (error instanceof Deno.errors.FilesystemLoop) return "links to itself";
  return `cannot be read: ${messageOf(error)}`;
}
