import assert from "node:assert/strict";
import { addressInPod, whyNotInPod } from "./pod_listener.ts";

const ALL = { hostname: "0.0.0.0", port: 8080 };
const ONE = { hostname: "10.0.0.9", port: 8080 };

for (
  const { address, env, listensOn, says } of [
    { address: ALL, env: {}, listensOn: "0.0.0.0", says: undefined },
    { address: ALL, env: { POD_IP: "" }, listensOn: "0.0.0.0", says: undefined },
    { address: ALL, env: { POD_IP: "10.0.0.7" }, listensOn: "10.0.0.7", says: undefined },
    { address: ONE, env: { POD_IP: "fd00::7" }, listensOn: "10.0.0.9", says: undefined },
    {
      address: ALL,
      env: { POD_IP: "fd00::7" },
      listensOn: "0.0.0.0",
      says: 'variable POD_IP is "fd00::7", and must be an IPv4 address',
    },
  ]
) {
  Deno.test(`an agent asked for ${address.hostname} with ${JSON.stringify(env)} listens on ${listensOn}`, () => {
    assert.equal(addressInPod(address, env).hostname, listensOn);
    assert.equal(whyNotInPod(address, env), says);
  });
}
