import assert from "node:assert/strict";
import { type Found, Ledger } from "./apiserver_ledger.ts";

interface LedgerCase {
  readonly name: string;
  /** What happens to the object `a`, which has counter 1 at version 5, before the server is killed. */
  readonly happens: (ledger: Ledger) => void;
  readonly found: Found;
  readonly want: readonly string[];
}

/** A list with `a` as it should be at that version. */
function listed(content: number, revision: number): Found {
  return { revision, objects: new Map([["a", { content, revision }]]) };
}

const GONE: Found = { revision: 6, objects: new Map() };

const CASES: readonly LedgerCase[] = [
  {
    name: "accepts an acknowledged write",
    happens: () => {},
    found: listed(1, 5),
    want: [],
  },
  {
    name: "reports an acknowledged write that is lost",
    happens: (ledger) => {
      ledger.begin("a", 2);
      ledger.acknowledge("a", 6);
    },
    found: listed(1, 6),
    want: ["a is 1, should be 2"],
  },
  {
    name: "reports a lost object",
    happens: () => {},
    found: GONE,
    want: ["a is undefined, should be 1"],
  },
  {
    name: "reports a deleted object that is back",
    happens: (ledger) => {
      ledger.begin("a", undefined);
      ledger.acknowledge("a", 6);
    },
    found: listed(1, 6),
    want: ["a is 1, should be "],
  },
  {
    name: "accepts an unanswered write that took effect",
    happens: (ledger) => ledger.begin("a", 2),
    found: listed(2, 6),
    want: [],
  },
  {
    name: "accepts an unanswered write that took no effect",
    happens: (ledger) => ledger.begin("a", undefined),
    found: listed(1, 5),
    want: [],
  },
  {
    name: "reports something else in place of an unanswered write",
    happens: (ledger) => ledger.begin("a", 2),
    found: listed(3, 6),
    want: ["a is 3, should be 1 or 2"],
  },
  {
    name: "reports a lost write that had no answer but was seen by a watch",
    happens: (ledger) => {
      ledger.begin("a", 2);
      ledger.show("a", { content: 2, revision: 6 });
    },
    found: listed(1, 6),
    want: ["a is 1, should be 2 or 2"],
  },
  {
    name: "reports versions that go back",
    happens: () => {},
    found: listed(1, 4),
    want: ["resourceVersion went back from 5 to 4"],
  },
  {
    name: "reports an object that no writer made",
    happens: () => {},
    found: {
      revision: 5,
      objects: new Map([...listed(1, 5).objects, ["b", { content: 1, revision: 5 }]]),
    },
    want: ["b is 1, should be "],
  },
];

for (const { name, happens, found, want } of CASES) {
  Deno.test(`Ledger ${name}`, () => {
    const ledger = new Ledger();
    ledger.begin("a", 1);
    ledger.acknowledge("a", 5);
    happens(ledger);
    assert.deepEqual(ledger.settle(found), want);
  });
}
