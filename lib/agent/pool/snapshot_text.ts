/**
 * A snapshot as text: two lines of JSON. The first says what the second is and has a checksum over both;
 * the second is the pool as it came from the API server.
 */

import type { KubeObject } from "../../api/meta.ts";
import { isJsonObject, parseJson, stringAt } from "../../base/json.ts";
import { parseInSteps } from "../../base/json/json_steps.ts";
import { formatInstant } from "../../base/rfc3339.ts";
import type { Steps, Turns } from "../../base/turns.ts";

/** Version of the format that this program writes and reads. */
const FORMAT = 1;

/** More than the longest first line has. */
const HEAD_CHARS_MAX = 2048;

/** How far the clock of the writer may have been ahead: it may have been set since. */
const AHEAD_MS_MAX = 5 * 60_000;

/** Levels of objects that are cut into steps. */
const LEVELS_MAX = 4;
/** Members of an object that make a step. */
const STEP_MEMBERS = 256;

/** A pool, and when it was read from the API server. */
export interface Snapshot {
  /** Milliseconds since the epoch. */
  readonly takenMs: number;
  readonly object: KubeObject;
}

/** What texts of a pool's snapshots are made and checked with. */
export interface SnapshotFormat {
  /** `namespace/name` of the pool. */
  readonly poolKey: string;
  /** SHA-256 of a text, in hexadecimal digits. */
  readonly sha256: (text: string) => Promise<string>;
}

/** Texts that are the same in JSON, but for the quotes: all that bindings are made of. */
const PLAIN = /^[\w.:/-]*$/;

/** The JSON of an object, made in steps: the bindings of a large pool take milliseconds. */
export function* jsonInSteps(object: unknown, level = 0): Steps<string> {
  if (!isJsonObject(object) || level === LEVELS_MAX) return JSON.stringify(object);
  const members: string[] = [];
  for (const key of Object.keys(object)) {
    const value = object[key];
    const text = typeof value === "string" ? quoted(value) : yield* jsonInSteps(value, level + 1);
    members.push(`${quoted(key)}:${text}`);
    if (members.length % STEP_MEMBERS === 0) yield;
  }
  return `{${members.join(",")}}`;
}

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** The text of a snapshot. @param poolText The pool as JSON, in one line. */
export async function formatSnapshot(
  format: SnapshotFormat,
  takenMs: number,
  poolText: string,
): Promise<string> {
  const time = formatInstant(takenMs);
  const sha256 = await checksumOf(format, time, poolText);
  const head = { format: FORMAT, pool: format.poolKey, time, sha256 };
  return `${JSON.stringify(head)}\n${poolText}\n`;
}

/** The pool of a snapshot, as it stands there; `undefined` when the snapshot is not whole. */
export async function poolTextOf(
  format: SnapshotFormat,
  text: string,
): Promise<string | undefined> {
  try {
    return (await readHead(format, text)).poolText;
  } catch {
    return undefined;
  }
}

/**
 * Reads a snapshot, in turns.
 *
 * @throws {Error} that says why it cannot be used.
 */
export async function readSnapshot(
  format: SnapshotFormat,
  text: string,
  { nowMs, turns }: { readonly nowMs: number; readonly turns: Turns },
): Promise<Snapshot> {
  const { time, poolText } = await readHead(format, text);
  const takenMs = Date.parse(time);
  if (Number.isNaN(takenMs)) throw new Error(`its time "${time}" is invalid`);
  if (takenMs > nowMs + AHEAD_MS_MAX) {
    throw new Error(
      `it is of ${time}, which is in the future: the clock of this host is wrong, or was`,
    );
  }
  const object = await turns.run(parseInSteps(poolText));
  const metadata = isJsonObject(object) ? object["metadata"] : undefined;
  const key = `${stringAt(metadata, "namespace")}/${stringAt(metadata, "name")}`;
  if (key !== format.poolKey) throw new Error(`it holds ippool ${key}`);
  return { takenMs, object: object as unknown as KubeObject };
}

/** Checks the first line, and that nothing has changed since it was written. */
async function readHead(
  format: SnapshotFormat,
  text: string,
): Promise<{ readonly time: string; readonly poolText: string }> {
  const end = text.slice(0, HEAD_CHARS_MAX).indexOf("\n");
  const head = parseJson(text.slice(0, Math.max(0, end)));
  if (!isJsonObject(head)) throw new Error("it is no snapshot, or only a part of one");
  if (!("format" in head)) throw new Error("it names no format");
  if (head["format"] !== FORMAT) {
    const found = JSON.stringify(head["format"]);
    throw new Error(`its format is ${found}, and this version reads ${FORMAT}`);
  }
  const pool = stringAt(head, "pool");
  if (pool !== format.poolKey) throw new Error(`it is of ippool ${pool}`);
  const time = stringAt(head, "time");
  const poolText = text.slice(end + 1, -1);
  const sha256 = await checksumOf(format, time, poolText);
  if (!text.endsWith("\n") || stringAt(head, "sha256") !== sha256) {
    throw new Error("it is damaged or only a part of one: its checksum does not match");
  }
  return { time, poolText };
}

function checksumOf(
  { poolKey, sha256 }: SnapshotFormat,
  time: string,
  poolText: string,
): Promise<string> {
  return sha256(`${FORMAT} ${poolKey} ${time}\n${poolText}`);
}
