import { equal } from "node:assert/strict";
import { tarHeader } from "./tar_header.ts";

const FILE = { name: "state.db", bytes: 4096, mode: 0o600, uid: 0, gid: 0, modifiedMs: 1_000 };

const UIDS = [
  { uid: 1000, field: "303030313735 3000" },
  { uid: 0o7777777, field: "373737373737 3700" },
  // Of a directory service.
  { uid: 0o10000000, field: "800000000020 0000" },
  { uid: 1_234_567_890, field: "800000004996 02d2" },
];

for (const { uid, field } of UIDS) {
  Deno.test(`tarHeader() writes the user ID ${uid}, and leaves the group ID alone`, () => {
    const header = tarHeader({ ...FILE, uid, gid: 8 });
    equal(header.subarray(108, 116).toHex(), field.replace(" ", ""));
    equal(new TextDecoder().decode(header.subarray(116, 124)), "0000010\0");
    const counted = header.map((octet, i) => i >= 148 && i < 156 ? 0x20 : octet);
    const sum = counted.reduce((total, octet) => total + octet, 0);
    equal(parseInt(new TextDecoder().decode(header.subarray(148, 154)), 8), sum);
  });
}
