import assert from "node:assert/strict";
import { ip } from "../../../tests/support/dhcp/dhcp_packets.ts";
import { NO_RELAY_INFORMATION, readRelayInformation } from "./relay_information.ts";

const OVERRIDE = [11, 4, 192, 0, 2, 9];

Deno.test("readRelayInformation() finds the server identifier and the wish for a port", () => {
  const both = { serverIdentifierOverride: ip("192.0.2.9"), hasSourcePort: true };
  const cases: readonly (readonly [string, readonly number[], typeof NO_RELAY_INFORMATION])[] = [
    ["nothing", [], NO_RELAY_INFORMATION],
    ["others", [1, 2, 0xaa, 0xbb, 2, 0], NO_RELAY_INFORMATION],
    ["both among others", [1, 1, 7, ...OVERRIDE, 2, 1, 9, 19, 0], both],
    ["override alone", OVERRIDE, {
      ...NO_RELAY_INFORMATION,
      serverIdentifierOverride: ip("192.0.2.9"),
    }],
    ["override of three octets", [11, 3, 192, 0, 2], NO_RELAY_INFORMATION],
    ["override of five octets", [11, 5, 192, 0, 2, 9, 9], NO_RELAY_INFORMATION],
    ["port with a value", [19, 2, 0, 0], { ...NO_RELAY_INFORMATION, hasSourcePort: true }],
  ];
  for (const [name, value, want] of cases) {
    assert.deepEqual(readRelayInformation(Uint8Array.from(value)), want, name);
  }
});

Deno.test("readRelayInformation() believes nothing of a value that runs past its end", () => {
  const tails = [[1], [1, 1], [1, 255], [19, 1], [255, 200, 1, 2]];
  for (const tail of tails) {
    const value = Uint8Array.from([...OVERRIDE, ...tail]);
    assert.deepEqual(readRelayInformation(value), NO_RELAY_INFORMATION, `${tail}`);
  }
});
