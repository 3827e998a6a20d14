import assert from "node:assert/strict";
import { formatNamespacedName, nameOfKey } from "./meta.ts";

const KEYS = [
  { key: "a/b.c", name: { namespace: "a", name: "b.c" } },
  { key: "b.c", name: { namespace: "", name: "b.c" } },
  { key: "a/b/c", name: { namespace: "a", name: "b/c" } },
  { key: "", name: { namespace: "", name: "" } },
];

for (const { key, name } of KEYS) {
  Deno.test(`nameOfKey() reads "${key}", and formatNamespacedName() writes it`, () => {
    assert.deepEqual(nameOfKey(key), name);
    assert.equal(formatNamespacedName(name), key);
  });
}
