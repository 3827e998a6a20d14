import assert from "node:assert/strict";
import { formatCidr } from "../../../lib/net/cidr.ts";
import { parseFlags, UsageError } from "../../cli/flags.ts";
import { clusterFactsOf, hostsOf, WEBHOOK_FLAGS, webhookPlaceOf } from "./webhook_flags.ts";

const ACCESS = { server: "https://localhost", namespace: "lab" };

async function read(...args: readonly string[]) {
  const options = parseFlags(WEBHOOK_FLAGS, args, {});
  const place = await webhookPlaceOf(options, ACCESS);
  const facts = clusterFactsOf(options, place);
  return { place, facts, hosts: hostsOf(place, options) };
}

Deno.test("the flags of the Go version are understood, with its defaults", async () => {
  const { place, facts, hosts } = await read("--name=hook", "--namespace=a", "--threadiness=5");
  assert.deepEqual(place, {
    name: "hook",
    namespace: "a",
    url: undefined,
    trustedUsers: [
      "harvester-vm-dhcp-controller",
      "system:serviceaccount:a:harvester-vm-dhcp-controller",
      "system:serviceaccount:kube-system:generic-garbage-collector",
    ],
  });
  assert.deepEqual(facts.serviceCidrs.map(formatCidr), ["10.53.0.0/16"]);
  assert.deepEqual(hosts, { dnsNames: ["hook.a.svc", "hook.a", "hook"], ipAddresses: [] });
});

Deno.test("a controller that is not an account of the namespace is trusted under its whole name only", async () => {
  const { place } = await read("--controller-user=system:serviceaccount:b:c", "--gc-user=gc");
  assert.deepEqual(place.trustedUsers, ["system:serviceaccount:b:c", "gc"]);
});

Deno.test("networks may be repeated, and take the place of the default", async () => {
  const { facts } = await read(
    ...["--service-cidr=10.96.0.0/12", "--service-cidr=10.53.0.0/16"],
    "--cluster-cidr=10.52.0.0/16",
  );
  assert.deepEqual(facts.serviceCidrs.map(formatCidr), ["10.96.0.0/12", "10.53.0.0/16"]);
  assert.deepEqual(facts.clusterCidrs.map(formatCidr), ["10.52.0.0/16"]);
});

const URLS = [
  { url: "https://10.0.0.5:8443/", base: "https://10.0.0.5:8443", address: "10.0.0.5" },
  { url: "https://10.0.0.5:8443/a/", base: "https://10.0.0.5:8443/a", address: "10.0.0.5" },
  { url: "https://Hook.example", base: "https://hook.example", name: "hook.example" },
];

for (const { url, base, address, name } of URLS) {
  Deno.test(`API servers may ask at ${url}`, async () => {
    const { place, hosts } = await read(`--url=${url}`);
    assert.equal(place.url, base);
    assert.deepEqual(hosts.ipAddresses, address === undefined ? [] : [address]);
    assert.equal(hosts.dnsNames[3], name);
  });
}

for (const credentials of ["u", "u:", "u:p", ":p"]) {
  Deno.test(`API servers do not ask with the credentials ${credentials}`, async () => {
    await assert.rejects(read(`--url=https://${credentials}@a`), {
      name: "UsageError",
      message: /holds a user or a password/,
    });
  });
}

const WRONG = [
  ...["--url=http://a", "--url=a", "--url=https://a?b", "--url=https://[::1]"],
  ...["--https-port=65536", "--https-port=", "--service-cidr=10.53.0.0", "--cluster-cidr=::/0"],
  ...["--name=A", "--namespace=a.b"],
];

for (const flag of WRONG) {
  Deno.test(`${flag} is refused`, () => assert.rejects(read(flag), UsageError));
}
