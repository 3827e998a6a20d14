import assert from "node:assert/strict";
import {
  parseChoice,
  parseDuration,
  parseImage,
  parseInterfaceName,
  parseListenAddress,
  parseNamespacedName,
  parseNicMapping,
} from "./flag_values.ts";
import { UsageError } from "./flags.ts";

function parseWord(text: string): string {
  return parseChoice(text, ["text", "json"]);
}

const good: { parse: (text: string) => unknown; text: string; want: unknown }[] = [
  { parse: parseWord, text: "json", want: "json" },
  { parse: parseNamespacedName, text: "a/b", want: { namespace: "a", name: "b" } },
  { parse: parseNamespacedName, text: "n-1/x.y", want: { namespace: "n-1", name: "x.y" } },
  { parse: parseInterfaceName, text: "eth0.10", want: "eth0.10" },
  {
    parse: parseNicMapping,
    text: "default/net-48=br48",
    want: { network: { namespace: "default", name: "net-48" }, interfaceName: "br48" },
  },
  {
    parse: parseNicMapping,
    text: "br48",
    want: { network: { namespace: "default", name: "br48" }, interfaceName: "br48" },
  },
  { parse: parseListenAddress, text: ":8080", want: { hostname: "0.0.0.0", port: 8080 } },
  { parse: parseListenAddress, text: "127.0.0.1:0", want: { hostname: "127.0.0.1", port: 0 } },
  ...Object.entries({
    ...{ "0": 0, "15s": 15_000, "1m30s": 90_000, "500ms": 500, "1.5h": 5_400_000 },
    ...{ ".5s": 500, "+2.s": 2000, "2000us": 2, "1000\u00b5s": 1, "1000000ns": 1 },
  }).map(([text, want]) => ({ parse: parseDuration, text, want })),
  ...[
    "rancher/harvester-vm-dhcp-agent:main-head",
    "agent",
    "localhost/agent",
    "registry:5000/x",
    "registry:5000/x:tag",
    `registry:5000/x:tag@sha256:${"0".repeat(64)}`,
    `rancher/agent@sha256:${"a".repeat(64)}`,
    "[2001:db8::1]:5000/a/b__c/d-e.f:V1.0",
    "Registry.example.com/a:latest",
  ].map((text) => ({ parse: parseImage, text, want: text })),
];

for (const { parse, text, want } of good) {
  Deno.test(`${parse.name}() takes ${text}`, () => assert.deepEqual(parse(text), want));
}

const bad: [(text: string) => unknown, string[]][] = [
  [parseWord, ["", "xml", "JSON"]],
  [parseDuration, ["", "15", "s", ".s", "-1s", "1d", "1s 2s", "bomb"]],
  [parseNamespacedName, ["", "a", "a/", "/b", "a/b/c", "A/b", "a/B", "a/b=", "-a/b"]],
  [parseInterfaceName, ["", ".", "..", "a b", "a/b", "sixteen-chars-xx"]],
  [parseNicMapping, ["", "=br0", "a/b=", "a=br0", "a/b/c=br0", "Br_0", "a/b=br0=x"]],
  [parseImage, [
    ...["", ":latest", "agent:", "agent@", "/agent", "agent/", "a b", "Agent", "rancher/Agent:v1"],
    ...["x:1:2", "registry:5000:x", "a//b", "-a", "a-", "agent@sha256:abc", "agent:.x"],
    ...["https://registry/agent", `${"a/".repeat(300)}a`, `agent:${"x".repeat(129)}`],
  ]],
  [parseListenAddress, ["", "8080", "1.2.3:80", "a:80", "1.2.3.4:", "1.2.3.4:65536", "[::1]:80"]],
];

for (const [parse, texts] of bad) {
  for (const text of texts) {
    Deno.test(`${parse.name}() refuses "${text}"`, () => {
      assert.throws(() => parse(text), UsageError);
    });
  }
}
