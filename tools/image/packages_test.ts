import assert from "node:assert/strict";
import { bundledPackages } from "./packages.ts";
import { inFolder } from "../../tests/support/harness/in_folder.ts";

/** Licences whose only condition is that their notice is kept. */
const PERMISSIVE = ["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"];

Deno.test("bundledPackages() are those of the program, under permissive licences", () =>
  inFolder(async (work) => {
    const packages = await bundledPackages(work);
    const names = packages.map(({ name }) => name);
    for (const name of ["ajv", "prom-client", "yaml", "@peculiar/x509"]) {
      assert.ok(names.includes(name), name);
    }
    assert.ok(!names.includes("fast-check") && !names.includes("esbuild"));
    const others = packages.filter(({ license }) => !PERMISSIVE.includes(license));
    assert.deepEqual(others, []);
    const x509 = packages.find(({ name }) => name === "@peculiar/x509");
    assert.ok(x509?.dependencies.some((name) => name.startsWith("@peculiar/asn1-schema@")));
    assert.match(x509!.sha512, /^[0-9a-f]{128}$/);
  }));
