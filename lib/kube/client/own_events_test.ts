import { deepEqual, equal } from "node:assert/strict";
import type { KubeObject } from "../../api/meta.ts";
import type { StoredObject } from "../contract.ts";
import { ownEventOf } from "./own_events.ts";

const MANY = Object.fromEntries(
  Array.from({ length: 1000 }, (_, i) => [`10.0.${i >> 8}.${i & 255}`, "52:54:00:00:00:01"]),
);

function pool(message = "all is well"): KubeObject {
  return {
    apiVersion: "network.harvesterhci.io/v1alpha1",
    kind: "IPPool",
    metadata: {
      // Looks like the version, and is none.
      annotations: { note: '"resourceVersion":"6"}', resourceVersion: "5" },
      name: "a",
      namespace: "n",
      resourceVersion: "7",
      uid: "u",
    },
    spec: { resourceVersion: "8" },
    status: { conditions: [{ message }], ipv4: { allocated: MANY } },
  };
}

/** What was asked about. */
const asked: string[] = [];

function recognise(line: string, object: KubeObject, chars = JSON.stringify(object).length) {
  const stored: StoredObject = { object, chars };
  return ownEventOf(line, (key, version) => {
    asked.push(`${key} ${version}`);
    return Promise.resolve(version === "7" ? stored : undefined);
  });
}

/** As Go writes it, which escapes some characters for the sake of HTML. */
function lineOf(object: KubeObject, type = "MODIFIED"): string {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify({ type, object }).replace(/[<>&\u2028\u2029]/g, escaped);
}

Deno.test("ownEventOf() gives the object that was written for the line of its version", async () => {
  const object = pool();
  const event = await recognise(lineOf(object), object);
  equal(event?.type === "MODIFIED" && event.object, object);
  deepEqual(asked.splice(0), ["n/a 7"]);
  const odd = pool('a < b & c > d, "ü" \u2028 \n \\ 😀');
  const second = await recognise(lineOf(odd), odd);
  equal(second?.type === "MODIFIED" && second.object, odd);
});

const READ: readonly { readonly name: string; readonly line: string }[] = [
  { name: "was written by somebody else", line: lineOf(pool()).replace('on":"7"', 'on":"9"') },
  { name: "belongs to another object of that name", line: lineOf(pool()).replace('"u"', '"v"') },
  {
    name: "lacks what was sent",
    line: lineOf({ ...pool(), status: { ipv4: { allocated: MANY } } }),
  },
  { name: "has more than what was sent", line: lineOf({ ...pool(), more: true }) },
  { name: "tells of a deletion", line: lineOf(pool(), "DELETED") },
  { name: "is written in another way", line: ` ${lineOf(pool())}` },
  { name: "ends early", line: lineOf(pool()).slice(0, 20_000) },
];

for (const { name, line } of READ) {
  Deno.test(`ownEventOf() leaves a line to be read that ${name}`, async () => {
    equal(await recognise(line, pool()), undefined);
  });
}

Deno.test("ownEventOf() asks nobody about a line that is short", async () => {
  asked.length = 0;
  const object = { ...pool(), status: {} };
  equal(await recognise(lineOf(object), object), undefined);
  deepEqual(asked, []);
});
