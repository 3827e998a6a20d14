/**
 * Recognises the event of a version that this process wrote, without reading its line: a pool of
 * 30,000 addresses is a line of a megabyte, and all that it says is known.
 *
 * That the version is ours says the resourceVersion, which stands near the beginning of the line. That
 * the server stored what was sent is another question: a definition of an older program drops fields
 * that it does not know, and a default or an admission webhook adds some. Each of these changes the
 * length of the text, so a line of another length than that of our object is read as any other.
 */

import { asJsonObject, parseJson } from "../../base/json.ts";
import { keyOf, type ObjectMeta } from "../../api/meta.ts";
import type { WatchEvent, WatchOptions } from "../contract.ts";

/** A shorter line is read as fast as it is recognised. */
const LINE_CHARS_MIN = 16 * 1024;

/** How API servers begin an event of an object; its fields are in the order of their names. */
const BEGINNING =
  /^\{"type":"MODIFIED","object":\{"apiVersion":"[^"\\]*","kind":"[^"\\]*","metadata":(?=\{)/;

/** What stands around the object. */
const AROUND_CHARS = '{"type":"MODIFIED","object":}'.length;

/** The event, when it is known without its line. */
export async function ownEventOf(
  line: string,
  known: WatchOptions["known"],
): Promise<WatchEvent | undefined> {
  if (known === undefined || line.length < LINE_CHARS_MIN) return undefined;
  const metadata = metadataIn(line);
  const { resourceVersion } = metadata ?? {};
  if (metadata === undefined || typeof resourceVersion !== "string") return undefined;
  const stored = await known(keyOf({ metadata }), resourceVersion);
  if (stored === undefined || stored.object.metadata.uid !== metadata.uid) return undefined;
  if (plainLengthOf(line) - AROUND_CHARS !== stored.chars) return undefined;
  return { type: "MODIFIED", object: stored.object };
}

function metadataIn(line: string): ObjectMeta | undefined {
  const start = BEGINNING.exec(line)?.[0].length;
  if (start === undefined) return undefined;
  const end = endOfObject(line, start);
  const metadata = asJsonObject(parseJson(line.slice(start, end)));
  return typeof metadata?.["name"] === "string" ? metadata as unknown as ObjectMeta : undefined;
}

/** Where the object ends that begins there. */
function endOfObject(text: string, start: number): number {
  const marks = /"(?:[^"\\]|\\.)*"|[{}]/g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === "{") depth++;
    if (mark[0] === "}" && --depth === 0) return marks.lastIndex;
  }
  return text.length;
}

/** Characters that Go escapes as `\u003c` and the like for the sake of HTML, and we do not. */
const HTML_ESCAPES = ["\\u003c", "\\u003e", "\\u0026", "\\u2028", "\\u2029"];

/** Length of the text as `JSON.stringify` would write it. */
function plainLengthOf(line: string): number {
  let length = line.length;
  for (let at = line.indexOf("\\u"); at >= 0; at = line.indexOf("\\u", at + 2)) {
    if (HTML_ESCAPES.includes(line.slice(at, at + 6))) length -= 5;
  }
  return length;
}
