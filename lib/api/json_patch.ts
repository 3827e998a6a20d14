/** JSON patches (RFC 6902), and the JSON pointers in them (RFC 6901). */

/** One step of a JSON patch; paths are JSON pointers such as `/spec/size`. */
export type JsonPatchStep =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly from: string; readonly path: string };

/** The step of a pointer that leads to a key (RFC 6901 section 3). */
export function pointerStep(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The key that a step of a pointer leads to (RFC 6901 section 4). */
export function keyOfPointerStep(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}
