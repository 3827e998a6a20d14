import assert from "node:assert/strict";
import type { Note } from "../../api/event_note.ts";
import type { KubeObject } from "../../api/meta.ts";
import { releaseNoteOf } from "../../reconcile/vmnetcfg/vmnetcfg_report.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { parseIPPool } from "../../api/ippool/parse_ippool.ts";
import { parseIpv4Address } from "../../net/ipv4_address.ts";
import { parseMacAddress } from "../../net/mac_address.ts";
import { poolViewOf } from "../../reconcile/ippool/pool_view.ts";
import { ReleasedAddresses } from "./released_addresses.ts";

const OBJECT = vmnetcfgSample();
const ADDRESS = parseIpv4Address("192.168.48.82")!;
const [MAC, OTHER] = ["52:54:00:00:00:01", "52:54:00:00:00:02"].map((mac) => parseMacAddress(mac)!);
const POOL = poolViewOf({ object: ippoolSample(), parsed: parseIPPool(ippoolSample()) });
const NOTE = releaseNoteOf(ADDRESS, MAC!, POOL.network!);

function setUp() {
  const told: Note[] = [];
  const released = new ReleasedAddresses((_, notes) => told.push(...notes));
  const free = (mac = MAC!) =>
    released.noteFreed({ before: POOL, after: POOL, freed: new Map([[ADDRESS, mac]]) });
  const leave = () => void told.push(...released.noteLeft(OBJECT, [NOTE]));
  return { told, free, leave };
}

for (const order of ["the record", "the object"] as const) {
  Deno.test(`ReleasedAddresses tells once of an address that ${order} gives up first`, () => {
    const { told, free, leave } = setUp();
    const [first, second] = order === "the record" ? [free, leave] : [leave, free];
    first();
    assert.deepEqual(told, []);
    second();
    assert.deepEqual(told, [NOTE]);
    free();
    assert.deepEqual(told, [NOTE]);
  });
}

Deno.test("ReleasedAddresses says nothing of an address that the record had for another MAC", () => {
  const { told, free, leave } = setUp();
  leave();
  free(OTHER);
  assert.deepEqual(told, []);
});

Deno.test("ReleasedAddresses keeps of an object what Events need of it and of its VM", () => {
  const ownerReferences = [{
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachine",
    name: "a",
    uid: "v",
  }];
  const names = { name: "a", namespace: "lab", uid: "u", resourceVersion: "7", ownerReferences };
  const object = vmnetcfgSample({ metadata: { ...names, annotations: { a: "no Event has it" } } });
  const told: KubeObject[] = [];
  const released = new ReleasedAddresses((object) => told.push(object));
  assert.deepEqual(released.noteLeft(object, [NOTE]), []);
  released.noteFreed({ before: POOL, after: POOL, freed: new Map([[ADDRESS, MAC!]]) });
  const { apiVersion, kind } = object;
  assert.deepEqual(told, [{ apiVersion, kind, metadata: names }]);
});

Deno.test("ReleasedAddresses lets other notes pass", () => {
  const released = new ReleasedAddresses(() => assert.fail());
  const note: Note = { type: "Normal", reason: "IPAllocated", note: NOTE.note };
  assert.deepEqual(released.noteLeft(OBJECT, [note, NOTE]), [note]);
});
