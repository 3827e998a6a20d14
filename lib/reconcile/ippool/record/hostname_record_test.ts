import type { JsonObject } from "../../../base/json.ts";
import { finish } from "../../../base/turns.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { PlannedWorld } from "../../../../tests/support/controller/planned_world.ts";
import { ippoolSample, vmnetcfgSample } from "../../../../tests/support/apiserver/samples.ts";
import { BINDINGS_MAX } from "../../../ipam/address_allocator.ts";
import {
  type Ipv4Address,
  ipv4AddressFromNumber,
  parseIpv4Address,
} from "../../../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../../../net/mac_address.ts";
import { BindingReader } from "../../binding_reader.ts";
import type { Claim } from "../../claims.ts";
import { hostnamesByMac, planHostnames } from "./hostname_record.ts";

const MAC = "52:54:00:00:00:0a";
const NIC = { macAddress: MAC, networkName: "default/net-48" };

/** A settled world with one VM, which holds 192.168.48.82. */
function worldWith(
  { ipv4Config = {}, nic = {}, vmName = "web-1" }: {
    readonly ipv4Config?: JsonObject;
    readonly nic?: JsonObject;
    readonly vmName?: string;
  },
): PlannedWorld {
  const world = new PlannedWorld();
  world.put(world.pools, ippoolSample({ ipv4Config }));
  const spec = { vmName, networkConfigs: [{ ...NIC, ...nic }] };
  world.put(world.vms, vmnetcfgSample({ metadata: { name: "vm" }, spec }));
  world.settle();
  return world;
}

function ipv4Of(world: PlannedWorld): JsonObject {
  return (world.pools.get("ippool-1")!.status as { ipv4: JsonObject }).ipv4;
}

const CASES: readonly {
  name: string;
  world: Parameters<typeof worldWith>[0];
  hostname: string | undefined;
}[] = [
  { name: "not asked for", world: {}, hostname: undefined },
  {
    name: "from the VM",
    world: { ipv4Config: { hostnameFromVM: true } },
    hostname: "web-1",
  },
  {
    name: "of the NIC rather than of the VM",
    world: { ipv4Config: { hostnameFromVM: true }, nic: { hostname: "db" } },
    hostname: "db",
  },
  {
    name: "of the NIC in a pool that takes none from VMs",
    world: { ipv4Config: { hostnameFromVM: false }, nic: { hostname: "db" } },
    hostname: "db",
  },
  {
    name: "up to the first dot of the VM's name",
    world: { ipv4Config: { hostnameFromVM: true }, vmName: "web-1.lab" },
    hostname: "web-1",
  },
  {
    name: "cut to the length of a label",
    world: { ipv4Config: { hostnameFromVM: true }, vmName: "a".repeat(64) },
    hostname: "a".repeat(63),
  },
  {
    name: "that no host can have",
    world: { ipv4Config: { hostnameFromVM: true }, vmName: "Web 1" },
    hostname: undefined,
  },
];

for (const { name, world, hostname } of CASES) {
  const verb = hostname === undefined ? "leaves out" : "records";
  Deno.test(`planHostnames() ${verb} a host name ${name}`, () => {
    const expected = hostname === undefined ? undefined : { "192.168.48.82": hostname };
    assert.deepEqual(ipv4Of(worldWith(world)).hostnames, expected);
  });
}

Deno.test("planIPPool() writes address and host name in one piece", () => {
  const world = worldWith({ ipv4Config: { hostnameFromVM: true } });
  const second = "52:54:00:00:00:0b";
  const spec = { vmName: "web-2", networkConfigs: [{ ...NIC, macAddress: second }] };
  world.put(world.vms, vmnetcfgSample({ metadata: { name: "vm-2" }, spec }));
  world.stepVm("vm-2");
  const { ipv4 } = world.planPool("ippool-1").status as {
    ipv4: { allocated: JsonObject; hostnames: JsonObject };
  };
  assert.equal(ipv4.allocated["192.168.48.83"], second);
  assert.deepEqual(ipv4.hostnames, { "192.168.48.82": "web-1", "192.168.48.83": "web-2" });
});

Deno.test("planIPPool() takes the host name back with the address", () => {
  const world = worldWith({ ipv4Config: { hostnameFromVM: true } });
  world.delete(world.vms, "vm");
  world.settle();
  assert.equal("hostnames" in ipv4Of(world), false);
});

Deno.test("planIPPool() takes host names away when the pool no longer gives them", () => {
  const world = worldWith({ ipv4Config: { hostnameFromVM: true } });
  world.patch(world.pools, "ippool-1", { spec: ippoolSample().spec });
  world.settle();
  assert.equal("hostnames" in ipv4Of(world), false);
  assert.equal(world.view("ippool-1").record.bindings.size, 1);
});

Deno.test("planIPPool() keeps a host name while its VM or its pool cannot be read", () => {
  const world = worldWith({ ipv4Config: { hostnameFromVM: true } });
  const before = ipv4Of(world).hostnames;
  world.patch(world.vms, "vm", { spec: { networkConfigs: [{ ...NIC, ipAddress: "bogus" }] } });
  world.settle();
  assert.deepEqual(ipv4Of(world).hostnames, before);
  world.patch(world.vms, "vm", { spec: { networkConfigs: [NIC] } });
  world.patch(world.pools, "ippool-1", { spec: { ipv4Config: { cidr: "bogus" } } });
  world.settle();
  assert.deepEqual(ipv4Of(world).hostnames, before);
});

Deno.test("hostnamesByMac() leaves out unbound addresses", () => {
  const bindings = new BindingReader().read({
    "192.168.48.82": MAC,
    "192.168.48.81": "EXCLUDED",
  });
  const names = finish(hostnamesByMac(
    { "192.168.48.82": "a", "192.168.48.81": "b", "192.168.48.83": "c", "x": "d" },
    bindings,
  ));
  assert.deepEqual([...names].map(([mac, name]) => [formatMacAddress(mac), name]), [[MAC, "a"]]);
});

Deno.test("hostnamesByMac() takes the name at the address that the client gets", () => {
  const bindings = new BindingReader().read({ "192.168.48.82": MAC, "192.168.48.83": MAC });
  const hostnames = { "192.168.48.82": "a", "192.168.48.83": "b" };
  const names = finish(hostnamesByMac(hostnames, bindings));
  assert.deepEqual([...names.values()], ["a"]);
});

/** So many VMs from 100.100.100.0 on, highest first, all of them with a name of that length. */
function planFor(count: number, nameLength: number, entryCount: number) {
  const bindings = new Map<Ipv4Address, MacAddress>();
  const owners = new Map<MacAddress, Claim>();
  for (let i = count - 1; i >= 0; i--) {
    const mac = i as MacAddress;
    bindings.set(ipv4AddressFromNumber(0x64646400 + i), mac);
    owners.set(mac, {
      namespace: "default",
      owner: `default/${i}`,
      nicIndex: 0,
      mac,
      macText: undefined,
      wanted: undefined,
      told: undefined,
      former: undefined,
      vmName: "vm",
      hostname: "a".repeat(nameLength),
      allocatable: true,
      createdAt: "",
    });
  }
  const claims = { owners, held: new Map() };
  return planHostnames({ bindings, entryCount, claims, before: new Map(), fromVm: false });
}

Deno.test("planHostnames() keeps within the room that addresses leave, lowest addresses first", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 63 }),
      fc.integer({ min: 0, max: 200 }),
      fc.integer({ min: 0, max: 100 }),
      (nameLength, count, room) => {
        const { hostnames, problem } = planFor(count, nameLength, BINDINGS_MAX - room);
        const recorded = [...hostnames.keys()];
        // Braces aside, and with a comma behind each entry.
        const bytes = recorded.length === 0
          ? 0
          : JSON.stringify(Object.fromEntries(hostnames)).length - 1;
        assert.ok(bytes <= room * 38, `${bytes} bytes in the room of ${room} entries`);
        assert.equal(problem === undefined, recorded.length === count);
        const last = recorded.map((text) => parseIpv4Address(text)!).at(-1);
        assert.ok(last === undefined || last === 0x64646400 + recorded.length - 1);
      },
    ),
  );
});

Deno.test("planHostnames() has room for 10,000 VMs with the longest names", () => {
  const { hostnames, problem } = planFor(10_000, 63, 10_000);
  assert.equal(hostnames.size, 10_000);
  assert.equal(problem, undefined);
});

Deno.test("planHostnames() says how many clients are told no host name", () => {
  assert.equal(
    planFor(3, 10, BINDINGS_MAX - 1).problem,
    "the record is too full for the host names of 2 clients, which get none",
  );
});
