import assert from "node:assert/strict";
import type { DebianRelease } from "./debian_packages.ts";
import { sbomOf } from "./sbom.ts";

function releaseOf(architecture: string): DebianRelease {
  return {
    version: "12",
    packages: [
      { name: "libc6", version: "2.36-9+deb12u14", architecture },
      { name: "tzdata", version: "2026a-0", architecture: "all" },
    ],
  };
}

const PARTS = {
  name: "registry.example.com:5000/team/vm-dhcp:1.2.3",
  digest: `sha256:${"0".repeat(64)}`,
  version: "1.2.3",
  epoch: 1_700_000_000,
  deno: "2.9.6",
  packages: [
    { name: "a", version: "1.0.0", license: "MIT", sha512: "00", dependencies: ["@b/c@2.0.0"] },
    {
      name: "@b/c",
      version: "2.0.0",
      license: "(MIT OR Apache-2.0)",
      sha512: "01",
      dependencies: [],
    },
  ],
  releases: [releaseOf("amd64"), releaseOf("arm64")],
};

type Fields = Readonly<Record<string, unknown>>;

async function read() {
  return await sbomOf(PARTS) as {
    readonly serialNumber: string;
    readonly metadata: { readonly timestamp: string; readonly component: Fields };
    readonly components: readonly Fields[];
    readonly dependencies: readonly Fields[];
  };
}

Deno.test("sbomOf() names each part once, by its package URL", async () => {
  const { metadata, components } = await read();
  assert.equal(
    metadata.component["purl"],
    `pkg:oci/vm-dhcp@sha256%3A${"0".repeat(64)}` +
      "?repository_url=registry.example.com:5000/team/vm-dhcp",
  );
  assert.deepEqual(components.flatMap(({ purl }) => purl ?? []), [
    "pkg:github/denoland/deno@v2.9.6",
    "pkg:npm/a@1.0.0",
    "pkg:npm/%40b/c@2.0.0",
    "pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64&distro=debian-12",
    "pkg:deb/debian/tzdata@2026a-0?arch=all&distro=debian-12",
    "pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=arm64&distro=debian-12",
  ]);
});

Deno.test("sbomOf() has one licence by its identifier, and several as an expression", async () => {
  const { components } = await read();
  const licensesOf = (name: string) =>
    components.find((each) => each["name"] === name)?.["licenses"];
  assert.deepEqual(licensesOf("a"), [{ license: { id: "MIT" } }]);
  assert.deepEqual(licensesOf("c"), [{ expression: "(MIT OR Apache-2.0)" }]);
});

Deno.test("sbomOf() says what depends on what", async () => {
  const { dependencies } = await read();
  const of = (ref: string) => dependencies.find((each) => each["ref"] === ref)?.["dependsOn"];
  assert.deepEqual(of("pkg:npm/a@1.0.0"), ["pkg:npm/%40b/c@2.0.0"]);
  assert.deepEqual(of("vm-dhcp"), [
    "pkg:github/denoland/deno@v2.9.6",
    "pkg:npm/a@1.0.0",
    "pkg:npm/%40b/c@2.0.0",
  ]);
});

Deno.test("sbomOf() depends on its parts alone", async () => {
  assert.deepEqual(await sbomOf(PARTS), await sbomOf(PARTS));
  const other = await sbomOf({ ...PARTS, deno: "2.9.7" }) as { readonly serialNumber: string };
  assert.notEqual(other.serialNumber, (await read()).serialNumber);
  assert.equal((await read()).metadata.timestamp, "2023-11-14T22:13:20.000Z");
});
