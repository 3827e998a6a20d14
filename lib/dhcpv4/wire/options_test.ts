import assert from "node:assert/strict";
import { type ClientPacket, clientPayload } from "../../../tests/support/dhcp/dhcp_packets.ts";
import { readOptions } from "./options.ts";

/** What an option of the packet is read as; `undefined` when the packet cannot be read. */
function valueOf(packet: ClientPacket, code: number): number[] | "absent" | undefined {
  const options = readOptions(clientPayload(packet));
  if (options === undefined) return undefined;
  const value = options.get(code);
  return value === undefined ? "absent" : [...value];
}

Deno.test("readOptions() lists codes in the order of the packet", () => {
  const packet: ClientPacket = { options: [[61, [1]], [12, []], [55, [3, 6]]] };
  assert.deepEqual(readOptions(clientPayload(packet))?.codes(), [53, 61, 12, 55]);
});

Deno.test("DhcpOptions reads numbers only from values of their length", () => {
  const packet: ClientPacket = {
    type: undefined,
    options: [[1, [0xff]], [2, [0xff, 0xfe]], [3, [0xff, 0xfe, 0xfd, 0xfc]], [4, []]],
  };
  const options = readOptions(clientPayload(packet))!;
  assert.deepEqual([1, 2, 3, 4, 5].map((code) => options.uint8(code)), [
    0xff,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual([1, 2, 3].map((code) => options.uint16(code)), [undefined, 0xfffe, undefined]);
  assert.deepEqual([2, 3, 5].map((code) => options.uint32(code)), [
    undefined,
    0xfffefdfc,
    undefined,
  ]);
  assert.deepEqual([1, 2, 3, 4, 5].map((code) => options.lengthOf(code)), [1, 2, 4, 0, undefined]);
});

Deno.test("readOptions() reads the forms that clients send", () => {
  const area = (value: readonly number[]) => value;
  const cases: readonly (readonly [string, ClientPacket, number, number[] | "absent"])[] = [
    ["an empty option", { options: [[12, []]] }, 12, []],
    ["an option behind PAD", { options: [], tail: [0, 0, 0, 50, 1, 7, 255] }, 50, [7]],
    ["junk behind END", { tail: [255, 50, 200, 7] }, 50, "absent"],
    ["no END", { options: [[50, [7]]], tail: [], padToBytes: 0 }, 50, [7]],
    ["pieces joined in order", { options: [[61, [1]], [12, [9]], [61, [2, 3]]] }, 61, [1, 2, 3]],
    ["an option between pieces", { options: [[61, [1]], [12, [9]], [61, [2, 3]]] }, 12, [9]],
    ["an option in file", { options: [[52, [1]]], file: area([50, 1, 7, 255]) }, 50, [7]],
    ["an option in sname", { options: [[52, [2]]], sname: area([50, 1, 7, 255]) }, 50, [7]],
    [
      "pieces in options, then file, then sname",
      {
        options: [[61, [1]], [52, [3]]],
        sname: area([61, 1, 3, 255]),
        file: area([61, 1, 2, 255]),
      },
      61,
      [1, 2, 3],
    ],
    ["file without END", { options: [[52, [1]]], file: new Array(128).fill(0) }, 50, "absent"],
    ["file without overload", { file: area([50, 1, 7, 255]) }, 50, "absent"],
    ["sname with overload of file", { options: [[52, [1]]], sname: [50, 1, 7, 255] }, 50, "absent"],
    ["overload 0", { options: [[52, [0]]], file: area([50, 1, 7, 255]) }, 50, "absent"],
    ["overload 4", { options: [[52, [4]]], file: area([50, 1, 7, 255]) }, 50, "absent"],
    ["overload of two octets", { options: [[52, [1, 1]]], file: [50, 1, 7, 255] }, 50, "absent"],
    ["two overloads", { options: [[52, [1]], [52, [1]]], file: [50, 1, 7, 255] }, 50, "absent"],
    [
      "overload inside file is no overload",
      { options: [[52, [1]]], file: area([52, 1, 3, 255]), sname: area([50, 1, 7, 255]) },
      50,
      "absent",
    ],
  ];
  for (const [name, packet, code, want] of cases) {
    assert.deepEqual(valueOf(packet, code), want, name);
  }
});

Deno.test("readOptions() refuses an option that runs past its field", () => {
  const cases: readonly (readonly [string, ClientPacket])[] = [
    ["a code without length", { tail: [61], padToBytes: 0 }],
    ["a length past the end by one", { tail: [61, 2, 1], padToBytes: 0 }],
    ["a length past the end by 255", { tail: [61, 255], padToBytes: 0 }],
    ["file into the cookie", { options: [[52, [1]]], file: [12, 127] }],
    ["sname into file", { options: [[52, [2]]], sname: [12, 63] }],
  ];
  for (const [name, packet] of cases) assert.equal(valueOf(packet, 61), undefined, name);
});

Deno.test("readOptions() fills file and sname to their last octet", () => {
  const file = [12, 126, ...new Array(126).fill(1)];
  const sname = [12, 62, ...new Array(62).fill(2)];
  const joined = valueOf({ options: [[52, [3]]], file, sname }, 12);
  assert.deepEqual(joined, [...new Array(126).fill(1), ...new Array(62).fill(2)]);
});

Deno.test("readOptions() keeps all 254 codes apart", () => {
  const all = Array.from({ length: 254 }, (_, i) => [i + 1, [i]] as const);
  const options = readOptions(clientPayload({ type: undefined, options: all }))!;
  for (const [code, value] of all) assert.deepEqual([...options.get(code)!], value, `${code}`);
});

Deno.test("readOptions() joins thousands of empty pieces", () => {
  const tail = new Array(4000).fill([1, 0]).flat();
  assert.deepEqual(valueOf({ tail, padToBytes: 0 }, 1), []);
});
