/** Objects and definitions as the Go version leaves them. */

import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../../lib/api/meta.ts";

/** A network, its pool and the VMs of that, for a namespace; no object says that it is in it. */
export function readGoObjects(namespace: string): readonly KubeObject[] {
  return read("objects", (text) => text.replaceAll("NAMESPACE", namespace));
}

/** The definitions of both kinds. */
export function readGoDefinitions(): readonly KubeObject[] {
  return read("definitions", (text) => text);
}

function read(name: string, change: (text: string) => string): readonly KubeObject[] {
  const file = new URL(`../../testdata/go_version/${name}.yaml`, import.meta.url);
  return parseAllDocuments(change(Deno.readTextFileSync(file))).map((each) => each.toJS());
}
