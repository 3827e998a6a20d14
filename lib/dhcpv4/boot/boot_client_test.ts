import assert from "node:assert/strict";
import type { WireOption } from "../../../tests/support/dhcp/dhcp_packets.ts";
import { messageOf } from "../../../tests/support/dhcp/dhcp_requests.ts";
import { type BootClient, bootClientOf } from "./boot_client.ts";

function ascii(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

function client(...options: WireOption[]): BootClient {
  return bootClientOf(messageOf({ options }).options);
}

Deno.test("bootClientOf() reads a user class as text and as a list of RFC 3004", () => {
  const cases: readonly (readonly [value: readonly number[], want: readonly string[]])[] = [
    [ascii("iPXE"), ["iPXE"]],
    [[...ascii("iPXE"), 0], ["iPXE"]],
    [[4, ...ascii("iPXE")], ["\x04iPXE", "iPXE"]],
    [[1, 97, 4, ...ascii("iPXE")], ["\x01a\x04iPXE", "a", "iPXE"]],
    [[4, ...ascii("iPX")], ["\x04iPX"]],
    [[0], ["", ""]],
    [[], []],
  ];
  for (const [value, want] of cases) {
    assert.deepEqual(client([77, value]).userClasses, want, `${value}`);
  }
});

Deno.test("bootClientOf() knows iPXE by its user class or its options", () => {
  assert.equal(client([77, ascii("iPXE")]).isIpxe, true);
  assert.equal(client([77, [4, ...ascii("iPXE")]]).isIpxe, true);
  assert.equal(client([175, [19, 1, 1]]).isIpxe, true);
  assert.equal(client([77, ascii("gPXE")]).isIpxe, true);
  assert.equal(client([77, ascii("ipxe")]).isIpxe, true);
  assert.equal(client([77, ascii("iPXE2")]).isIpxe, false);
  assert.equal(client([77, ascii("ipx")], [60, ascii("PXEClient")]).isIpxe, false);
});

Deno.test("bootClientOf() finds features in option 175, as far as it is well formed", () => {
  const cases: readonly (readonly [value: readonly number[], want: readonly number[]])[] = [
    [[19, 1, 1, 36, 1, 1], [19, 36]],
    [[177, 5, 1, 26, 244, 16, 0, 19, 1, 1], [177, 19]],
    [[19, 1, 0, 36, 1, 1], [36]],
    [[19, 1, 1, 36, 9, 1], [19]],
    [[19, 0, 36, 1, 1], [36]],
    [[19], []],
    [[], []],
  ];
  for (const [value, want] of cases) {
    assert.deepEqual([...client([175, value]).ipxeFeatures], want, `${value}`);
  }
});

Deno.test("bootClientOf() takes the architecture from option 93, else from option 60", () => {
  const http = ascii("HTTPClient:Arch:00019:UNDI:003001");
  assert.deepEqual(client([60, http]).architectures, [19]);
  assert.deepEqual(client([60, http], [93, [0, 11, 0, 7, 0]]).architectures, [11, 7]);
  assert.deepEqual(client([60, http], [93, [7]]).architectures, [19]);
  assert.deepEqual(client([60, ascii("PXEClient:Arch:x")]).architectures, []);
  assert.deepEqual([client([60, http]).protocol, client([60, ascii("PXEClient")]).protocol], [
    "http",
    "pxe",
  ]);
  assert.equal(client([60, ascii("MyPXEClient")]).protocol, undefined);
});
