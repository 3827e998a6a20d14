import assert from "node:assert/strict";
import { formatIpv4Address } from "../../net/ipv4_address.ts";
import { extractNode, parseNode } from "./node.ts";

const NODE = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "a", uid: "u", resourceVersion: "1", labels: { big: "x" } },
  spec: { podCIDR: "10.52.0.0/24" },
  status: {
    addresses: [
      { type: "InternalIP", address: "10.0.0.5" },
      { type: "InternalIP", address: "fd00::5" },
      { type: "Hostname", address: "a" },
    ],
    images: [{}],
  },
};

Deno.test("parseNode() reads the IPv4 addresses of what extractNode() keeps", () => {
  for (const raw of [NODE, extractNode(NODE)]) {
    const parsed = parseNode(raw);
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.value.addresses.map(formatIpv4Address), ["10.0.0.5"]);
  }
  assert.ok(!JSON.stringify(extractNode(NODE)).includes("images"));
});

Deno.test("parseNode() takes a node without addresses", () => {
  for (const status of [undefined, null, {}, { addresses: "x" }, { addresses: [null, 1] }]) {
    const parsed = parseNode(extractNode({ ...NODE, status: status as never }));
    assert.deepEqual(parsed.ok && parsed.value.addresses, []);
  }
});
