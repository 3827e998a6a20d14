import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { NO_MAC, type WireFact } from "./wire_facts.ts";
import { concernsAddress, concernsAll, sentenceOf, sentencesIn } from "./wire_sentences.ts";

const POOL = {
  key: "default/ippool-1",
  network: "default/net-48",
  serverIP: "192.168.48.77",
  isBound: () => true,
  isOtherPoolsServer: () => false,
};

const MAC = fc.constantFrom("52:54:00:00:00:66", "52:54:00:00:00:67");
const HOST = fc.oneof(MAC, fc.constant(NO_MAC));
const ADDRESS = fc.constantFrom("192.168.48.8", "192.168.48.82");

const FACT: fc.Arbitrary<WireFact> = fc.oneof(
  fc.record({ kind: fc.constant("claim" as const), mac: MAC }),
  fc.record({ kind: fc.constant("impostor" as const), serverIdentifier: ADDRESS, mac: HOST }),
  fc.record({
    kind: fc.constant("server" as const),
    serverIdentifier: ADDRESS,
    mac: HOST,
    hasWon: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("conflict" as const),
    how: fc.constantFrom("declined" as const, "arp" as const),
    address: ADDRESS,
    mac: MAC,
  }),
  fc.record({
    kind: fc.constant("conflict" as const),
    how: fc.constantFrom("declined" as const, "arp" as const),
    address: ADDRESS,
    mac: MAC,
    otherMac: MAC,
  }),
  fc.record({ kind: fc.constant("storm" as const), clients: fc.nat() }),
);

Deno.test("sentencesIn() gives back what was joined, and whom each sentence concerns", () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(FACT, fc.integer({ min: 1, max: 999 })), { minLength: 1 }),
    fc.boolean(),
    (seen, areMore) => {
      const sentences = seen.map(([fact, count]) => sentenceOf({ fact, count }, POOL));
      const all = areMore ? [...sentences, "and 7 more"] : sentences;
      deepEqual(sentencesIn(all.join("; ")), all);
      for (const [i, [fact]] of seen.entries()) {
        equal(concernsAll(sentences[i]!), fact.kind !== "conflict" && fact.kind !== "storm");
        for (const address of ["192.168.48.8", "192.168.48.82"]) {
          const isAbout = fact.kind === "conflict" && fact.address === address;
          equal(concernsAddress(sentences[i]!, address), isAbout);
        }
      }
    },
  ));
});
