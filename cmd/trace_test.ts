import assert from "node:assert/strict";
import { clientFrame } from "../tests/support/dhcp/dhcp_packets.ts";
import { ippoolSample } from "../tests/support/apiserver/samples.ts";
import { CommandError } from "./cli/command.ts";
import { UsageError } from "./cli/flags.ts";
import { traceCommand } from "./trace.ts";

const EXAMPLES = new URL("../examples/", import.meta.url).pathname;
const POOL = ["--manifests", `${EXAMPLES}boot-u-boot.yaml`, "--ippool", "default/boot-u-boot"];

/** Traces the octets of a file. @returns What is printed. */
async function trace(file: Uint8Array, ...args: readonly string[]): Promise<string> {
  const path = Deno.makeTempFileSync();
  const printed: string[] = [];
  try {
    Deno.writeFileSync(path, file);
    await traceCommand.run({
      args: [path, ...args],
      env: {},
      signal: new AbortController().signal,
      print: (line) => void printed.push(line),
      onReload: () => {},
    });
    return printed.join("\n");
  } finally {
    Deno.removeSync(path);
  }
}

/** A frame of a U-Boot client as text. */
function frame(): Uint8Array {
  const options = [[60, [...new TextEncoder().encode("U-Boot.armv7")]]] as const;
  return new TextEncoder().encode(clientFrame({ options }).toHex());
}

Deno.test("vm-dhcp trace says which boot file of a pool is for a client, and why", async () => {
  const text = await trace(frame(), ...POOL, "--bind=52:54:00:12:34:56=192.168.53.100");
  assert.match(text, /^packet 1$/m);
  assert.match(text, /^ {2}offer 192\.168\.53\.100$/m);
  assert.match(text, /^ {2}files\[0\] arm64\/boot\.scr\.uimg: vendorClass$/m);
  assert.match(text, /^ {2}told to load arm32\/boot\.scr\.uimg$/m);
});

Deno.test("vm-dhcp trace says that a client has no address", async () => {
  assert.match(await trace(frame(), ...POOL), /^outcome\n {2}unknownMac$/m);
});

Deno.test("vm-dhcp trace --bind takes the address from whoever has it in the record", async () => {
  const pool = {
    ...ippoolSample({ pool: { end: "192.168.48.99" } }),
    status: { ipv4: { allocated: { "192.168.48.85": "52:54:00:aa:00:01" } } },
  };
  const path = Deno.makeTempFileSync({ suffix: ".yaml" });
  try {
    Deno.writeTextFileSync(path, JSON.stringify(pool));
    const bound = "--bind=52:54:00:12:34:56=192.168.48.85";
    const text = await trace(frame(), "--manifests", path, "--ippool=default/ippool-1", bound);
    assert.match(text, /^ {2}offer 192\.168\.48\.85$/m);
  } finally {
    Deno.removeSync(path);
  }
});

const refusals: readonly (readonly [string, Uint8Array, readonly string[], RegExp])[] = [
  ["a file of nothing", new Uint8Array(), POOL, /is neither a capture/],
  [
    "a pool that no file has",
    frame(),
    [...POOL.slice(0, 2), "--ippool=a/b"],
    /no manifest has .* a\/b; there is default/,
  ],
  [
    "a manifest that is missing",
    frame(),
    ["--ippool=a/b", "--manifests=/nowhere"],
    /there is none\n\/nowhere:1: there is no such file/,
  ],
  [
    "an address that no agent would give to a client of the pool",
    frame(),
    [...POOL, "--bind=52:54:00:12:34:56=10.0.0.1"],
    /--bind: no client of 192\.168\.53\.0\/24 can have 10\.0\.0\.1$/,
  ],
];

for (const [name, file, args, reason] of refusals) {
  Deno.test(`vm-dhcp trace meets ${name}`, async () => {
    const error = await trace(file, ...args).catch((error: unknown) => error);
    assert.ok(error instanceof CommandError, String(error));
    assert.match(error.message, reason);
  });
}

for (const args of [[], ["x"], [...POOL, "--bind=1"], [...POOL, "--ippool=x"]]) {
  Deno.test(`vm-dhcp trace refuses the arguments ${args.join(" ")}`, async () => {
    await assert.rejects(trace(frame(), ...args), UsageError);
  });
}
