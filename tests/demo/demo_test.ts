import assert from "node:assert/strict";
import { resolve } from "node:path";
import { integrationTest } from "../support/harness/integration_test.ts";

const DEMO = resolve(import.meta.dirname ?? ".", "demo.ts");

/** The demo as a user runs it, or without the rights to make namespaces by itself. */
const WAYS = [
  { name: "as root", enter: [] },
  { name: "inside unshare -Urn --mount", enter: ["unshare", "-Urn", "--mount"] },
] as const;

for (const { name, enter } of WAYS) {
  await integrationTest({
    name: `the demo ends with an address of the pool, ${name}`,
    needs: ["namespaces", "udhcpc"],
    run: async () => {
      const [program, ...args] = [...enter, Deno.execPath(), "run", "--allow-all", DEMO];
      const { code, stdout, stderr } = await new Deno.Command(program, {
        args,
        stdin: "null",
        signal: AbortSignal.timeout(60_000),
      }).output();
      const text = new TextDecoder();
      assert.equal(code, 0, text.decode(stderr));
      assert.match(text.decode(stdout), /test-vm has 192\.168\.48\.8[2-9]\./);
    },
  });
}
