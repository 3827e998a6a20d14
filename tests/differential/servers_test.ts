/** The same packets to this server, to Kea and to dnsmasq. */

import assert from "node:assert/strict";
import { formatMacAddress } from "../../lib/net/mac_address.ts";
import {
  asksFor,
  RELAY_IP,
  RELAY_MAC,
  request,
  requested,
  THIS_SERVER,
  WITH_RELAY,
} from "../conformance/network.ts";
import {
  clientFrame,
  leaseTable,
  M1,
  M2,
  poolParameters,
  SERVER_MAC,
} from "../support/dhcp/dhcp_packets.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { createVethPair, HERE, runIn } from "../support/network/network_namespace.ts";
import { type ReferenceName, startReferenceServer } from "../support/dhcp/reference_server.ts";
import { WireServer } from "../support/dhcp/wire_server.ts";
import { describe, Probe } from "./probe.ts";
import { STIMULI } from "./stimuli.ts";

const REFERENCES: readonly ReferenceName[] = ["Kea", "dnsmasq"];

const NEIGHBOURS = { "192.0.2.10": M1, "192.0.2.11": M2, [RELAY_IP]: RELAY_MAC };

/** What a server had to say. */
interface Interview {
  /** In the order of the stimuli. */
  readonly answers: readonly string[];
  /** Values in hexadecimal of {@link COMPARED_OPTIONS} in an ACK. */
  readonly options: readonly (string | undefined)[];
}

/** Those whose values do not depend on the server's taste, as those of 58 and 59 do. */
const COMPARED_OPTIONS = [1, 3, 6, 15, 28, 42, 51, 54, 119];

const FULL_REQUEST = clientFrame(
  request([THIS_SERVER, requested("192.0.2.10"), asksFor(...COMPARED_OPTIONS)]),
);

async function interview(interfaceName: string): Promise<Interview> {
  using probe = new Probe(interfaceName);
  const answers: string[] = [];
  for (const { frame } of STIMULI) answers.push(describe(await probe.ask(frame)));
  const [ack] = await probe.ask(FULL_REQUEST);
  return { answers, options: COMPARED_OPTIONS.map((code) => ack?.options.get(code)) };
}

async function interviewReference(name: ReferenceName): Promise<Interview> {
  await using server = await startReferenceServer(name, { neighbours: NEIGHBOURS });
  return await interview(server.interfaceName);
}

async function interviewThisServer(): Promise<Interview> {
  await using pair = await createVethPair();
  await runIn(HERE, "ip", "link", "set", pair.name, "address", formatMacAddress(SERVER_MAC));
  // One name to search, for Kea does not compress several.
  const table = leaseTable(poolParameters({ ...WITH_RELAY, domainSearch: ["lab.example.com"] }));
  await using _server = await WireServer.start(pair.name, table);
  return await interview(pair.peerName);
}

Deno.test("the table lists as differences what differs", () => {
  for (const { name, answer, ...references } of STIMULI) {
    for (const reference of REFERENCES) {
      assert.notEqual(references[reference]?.answer, answer, `${name}: ${reference}`);
    }
  }
});

await integrationTest({
  name: `this server answers ${STIMULI.length} packets as the table says`,
  needs: ["namespaces"],
  run: async () => {
    const { answers } = await interviewThisServer();
    assert.deepEqual(
      Object.fromEntries(STIMULI.map(({ name }, index) => [name, answers[index]])),
      Object.fromEntries(STIMULI.map(({ name, answer }) => [name, answer])),
    );
  },
});

for (const reference of REFERENCES) {
  await integrationTest({
    name: `${reference} answers as this server does, or differs as the table explains`,
    needs: ["namespaces", reference === "Kea" ? "kea-dhcp4" : "dnsmasq"],
    run: async () => {
      const { answers, options } = await interviewReference(reference);
      const unexplained = STIMULI.flatMap((stimulus, index) => {
        const answer = answers[index];
        const known = [stimulus.answer, stimulus[reference]?.answer];
        return known.includes(answer) ? [] : [`${stimulus.name}: ${answer}`];
      });
      assert.deepEqual(unexplained, []);
      assert.deepEqual(options, (await interviewThisServer()).options);
    },
  });
}
