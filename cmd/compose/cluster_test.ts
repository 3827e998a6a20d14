import assert from "node:assert/strict";
import { CommandError } from "../cli/command.ts";
import { loadAccess } from "./cluster.ts";

const CONFIG = JSON.stringify({
  ...{ apiVersion: "v1", kind: "Config", "current-context": "a" },
  clusters: [{ name: "a", cluster: { server: "http://127.0.0.1:1" } }],
  contexts: [{ name: "a", context: { cluster: "a" } }],
});

const cases = [
  {
    name: "a context of a variable",
    env: { KUBECONTEXT: "b" },
    kubecontext: "b",
    want: /has no context "b" \(variable KUBECONTEXT\)$/,
  },
  { name: "a context of a flag", env: {}, kubecontext: "b", want: /has no context "b"$/ },
  {
    name: "files of a variable",
    env: { KUBECONFIG: "/etc" },
    kubeconfig: undefined,
    want: /\/etc.* \(variable KUBECONFIG\)$/,
  },
  {
    name: "a file of a flag",
    env: { KUBECONFIG: "/etc" },
    kubeconfig: "/dev",
    want: /\/dev[^()]*$/,
  },
];

for (const { name, env, want, ...flags } of cases) {
  Deno.test(`loadAccess() says where a wrong value is from: ${name}`, async () => {
    const file = await Deno.makeTempFile();
    try {
      await Deno.writeTextFile(file, CONFIG);
      const error = await loadAccess({ kubeconfig: file, kubecontext: undefined, ...flags }, env)
        .catch((error: unknown) => error);
      assert.ok(error instanceof CommandError, String(error));
      assert.match(error.message, want);
    } finally {
      await Deno.remove(file);
    }
  });
}
