import assert from "node:assert/strict";
import { mulberry32 } from "../../tests/support/harness/seeded_random.ts";
import { formatIpv4Address, ipv4AddressFromNumber } from "../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../net/mac_address.ts";
import { AllocationRecord } from "./ippool/record/allocation_record.ts";
import { BindingReader } from "./binding_reader.ts";

type Allocated = Record<string, string>;

/** What a record says, read as a whole by the reader of the controller. */
function wholeOf(allocated: Allocated): readonly (readonly [number, number])[] {
  return [...new AllocationRecord(allocated).addresses];
}

Deno.test("BindingReader.read() says of every version what reading it anew says", () => {
  const random = mulberry32(48);
  const pick = (count: number) => Math.floor(random() * count);
  const address = () => formatIpv4Address(ipv4AddressFromNumber(0xc0000200 + pick(40)));
  const values = [
    ...Array.from({ length: 30 }, (_, i) => formatMacAddress(0x525400000001 + i as MacAddress)),
    ...["EXCLUDED", "RESERVED", "", "no MAC", "52-54-00-00-00-01", "52:54:00:00:00:0A"],
  ];
  const value = () => values[pick(values.length)]!;
  const reader = new BindingReader();
  let allocated: Allocated = {};
  for (let version = 0; version < 3000; version++) {
    const entries = Object.entries(allocated);
    for (let change = pick(4); change > 0; change--) {
      const at = pick(entries.length + 1);
      const key = pick(20) === 0 ? "no address" : address();
      const [what] = [pick(4)];
      if (what === 0) entries.splice(at, 1);
      else if (what === 1) entries.splice(at, 0, [key, value()]);
      else if (what === 2 && entries[at] !== undefined) entries[at] = [entries[at]![0], value()];
      else if (pick(50) === 0) entries.reverse();
    }
    allocated = Object.fromEntries(entries);
    const seen = `version ${version}: ${JSON.stringify(allocated)}`;
    assert.deepEqual([...reader.read(allocated)], wholeOf(allocated), seen);
  }
});

Deno.test("BindingReader.read() knows a record that is not there", () => {
  const reader = new BindingReader();
  assert.equal(reader.read({ "192.0.2.10": "52:54:00:00:00:01" }).size, 1);
  assert.equal(reader.read(undefined).size, 0);
});
