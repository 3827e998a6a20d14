/** The cost of one changed binding for an agent whose pool has 39,000. */

import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import { formatIpv4Address, type Ipv4Address } from "../../../lib/net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../../../lib/net/mac_address.ts";
import { BindingReader } from "../../../lib/reconcile/binding_reader.ts";
import { finish } from "../../../lib/base/turns.ts";
import { leaseTableInSteps } from "../../../lib/reconcile/lease_table.ts";

const BINDINGS = 39_000;

/** A version of the pool as it comes from the API server. @param version Changes one binding. */
function poolText(version: number): string {
  const allocated = Object.fromEntries(Array.from({ length: BINDINGS }, (_, i) => [
    formatIpv4Address(0x0a4d0100 + i as Ipv4Address),
    formatMacAddress(0x525400000000 + (i === 20_000 ? BINDINGS + version : i) * 7919 as MacAddress),
  ]));
  return JSON.stringify({
    apiVersion: "network.harvesterhci.io/v1alpha1",
    kind: "IPPool",
    metadata: { name: "pool", namespace: "default", uid: "1", resourceVersion: String(version) },
    spec: {
      ipv4Config: {
        serverIP: "10.77.0.1",
        cidr: "10.77.0.0/16",
        pool: { start: "10.77.1.0", end: "10.77.255.0" },
      },
      networkName: "default/net",
    },
    status: { ipv4: { allocated, used: BINDINGS, available: 0 } },
  });
}

const texts = [1, 2].map(poolText);
const pools = texts.map((text) => {
  const parsed = parseIPPool(JSON.parse(text));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.value;
});
let turn = 0;

function tableOf(reader: BindingReader): void {
  const { size } = finish(leaseTableInSteps(pools[turn++ % 2]!, () => [], reader));
  if (size !== BINDINGS) throw new Error("cannot measure");
}

Deno.bench("parse the JSON of a pool", { group: "pool of 39,000" }, () => {
  JSON.parse(texts[turn++ % 2]!);
});

Deno.bench("lease table of a pool read for the first time", { group: "pool of 39,000" }, () => {
  tableOf(new BindingReader());
});

const reader = new BindingReader();

Deno.bench("lease table of the next version", { group: "pool of 39,000" }, () => {
  tableOf(reader);
});
