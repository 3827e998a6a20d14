/** What schemas refuse, complete and drop. */

import type { JsonObject } from "../../../../lib/base/json.ts";
import { type ContractCase, gadget } from "../recorded_api.ts";

/** Specifications with one error each. */
const BROKEN: readonly JsonObject[] = [
  { size: undefined },
  { size: null },
  { size: 0 },
  { size: 11 },
  { size: "2" },
  { size: 2.5 },
  { size: true },
  { address: "1.2.3" },
  { address: "1.2.3.04" },
  { address: "::1" },
  { address: 5 },
  { color: "blue" },
  { color: null },
  { code: "ABC" },
  { code: "a" },
  { code: "abcdef" },
  { code: "ABCDEFG" },
  { when: "yesterday" },
  { when: "2026-01-02" },
  { paused: "yes" },
  { note: 5 },
  { ratio: 0 },
  { ratio: "1" },
  { either: true },
  { either: 1.5 },
  { dns: "1.1.1.1" },
  { dns: ["1.1.1.1", "x"] },
  { dns: ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"] },
  { dns: [null] },
  { parts: [] },
  { parts: [{}] },
  { parts: [{ name: "x" }, { name: "x" }] },
  { parts: [{ name: "x", weight: "heavy" }] },
  { parts: {} },
  { free: "no object" },
  { size: 99, address: "x", code: "A", dns: ["y", "z"] },
];

/** Specifications that are accepted, possibly with defaults or without unknown fields. */
const TAKEN: readonly JsonObject[] = [
  { note: null },
  { color: undefined },
  { parts: [{ name: "x" }, { name: "y", weight: 3 }] },
  { either: 5 },
  { either: "50%" },
  { free: { a: [1, { b: null }] } },
  { ratio: 0.5 },
  { when: "2026-01-02T03:04:05+01:00" },
  { size: 2.0 },
  { dns: [] },
];

export const SCHEMA_CASES: readonly ContractCase[] = [
  {
    name: "when an object breaks the schema",
    async run(api) {
      for (const [i, spec] of BROKEN.entries()) {
        await api.post(`${api.gadgets}?dryRun=All`, gadget(`a${i}`, { spec }));
      }
      await api.post(`${api.gadgets}?dryRun=All`, gadget("b", { more: { spec: undefined } }));
      await api.post(`${api.gadgets}?dryRun=All`, gadget("b", { more: { spec: [] } }));
    },
  },
  {
    name: "when the schema completes, drops and keeps values",
    async run(api) {
      for (const [i, spec] of TAKEN.entries()) {
        await api.post(api.gadgets, gadget(`a${i}`, { spec }));
      }
      await api.get(api.gadgets);
    },
  },
  {
    name: "when an update breaks the schema, or the object broke it before",
    async run(api) {
      await api.make("a", { spec: { fixed: "x" } });
      await api.patch(`${api.gadgets}/a`, { spec: { fixed: "y" } });
      await api.patch(`${api.gadgets}/a`, { spec: { fixed: null } });
      await api.patch(`${api.gadgets}/a`, { spec: { fixed: "z" } });
      await api.patch(`${api.gadgets}/a`, { spec: { size: 50 } });
      await api.patch(`${api.gadgets}/a`, { spec: null });
      await api.patch(`${api.gadgets}/a?fieldValidation=Strict`, { spec: { bogus: 1 } });
      await api.patch(`${api.gadgets}/a`, { spec: { bogus: 1 } });
    },
  },
];
