import assert from "node:assert/strict";
import { isOwnHost, namesOf } from "./own_names.ts";

const NAMES = namesOf(
  "Node7",
  "# comment\nnameserver 10.0.0.1\nsearch corp.example. lab.example\n",
);

const CASES: readonly (readonly [host: string, isOwn: boolean])[] = [
  ["127.0.0.1", true],
  ["127.0.0.1:8080", true],
  ["192.0.2.7:65535", true],
  ["[::1]:8080", true],
  ["[2001:db8::1]", true],
  ["localhost", true],
  ["LOCALHOST:8080", true],
  ["localhost.", true],
  ["a.localhost", true],
  ["node7:8080", true],
  ["NODE7.corp.example", true],
  ["node7.lab.example.", true],
  ["node7.local:8080", true],
  ["node8.local", false],
  ["metrics.vm-dhcp.svc:8080", true],
  ["metrics.vm-dhcp.svc.cluster.local", true],
  ["evil.example", false],
  ["evil.example:8080", false],
  ["evil", false],
  ["node7.evil.example", false],
  ["corp.example", false],
  ["localhost.evil.example", false],
  ["metrics.vm-dhcp.svc.evil.example", false],
  ["127.0.0.1.evil.example", false],
  ["127.0.0.256", false],
  ["127.1", false],
  ["2130706433", false],
  ["evil.example@127.0.0.1", false],
  ["127.0.0.1 evil.example", false],
  ["127.0.0.1, evil.example", false],
  ["[::1].evil.example", false],
  ["::1", false],
  ["127.0.0.1:", false],
  ["127.0.0.1:x", false],
  ["", false],
  [".", false],
  [".svc", false],
];

for (const [host, isOwn] of CASES) {
  Deno.test(`isOwnHost() ${isOwn ? "knows" : "refuses"} ${JSON.stringify(host)}`, () => {
    assert.equal(isOwnHost(host, NAMES), isOwn);
  });
}

Deno.test("a host whose names are unknown answers to addresses and localhost", () => {
  const names = namesOf("", "");
  assert.ok(isOwnHost("localhost", names) && isOwnHost("10.0.0.1", names));
  assert.ok(!isOwnHost("", names) && !isOwnHost(".", names) && !isOwnHost("a", names));
});
