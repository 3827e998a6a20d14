/** The commands of docs/standalone.md print what the document shows, with the executable. */

import { resolve } from "node:path";
import { openConsole } from "../../support/console/console_shell.ts";
import { readConsoleSteps } from "../../support/console/console_session.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { createBridge, NetworkNamespace } from "../../support/network/network_namespace.ts";
import { runConsoleSteps } from "../../support/console/run_console_steps.ts";
import { StandaloneProcess } from "../../support/process/standalone_process.ts";

const PROJECT = resolve(import.meta.dirname ?? ".", "../../..");

/** Files with sessions that begin with an empty standalone, and the heading of each session. */
const SESSIONS: readonly { readonly path: string; readonly heading?: string }[] = [
  { path: "docs/standalone.md", heading: "A session" },
  { path: "docs/from-dnsmasq-and-kea.md" },
  { path: "tests/testdata/sessions/kubectl.md" },
];

for (const { path, heading } of SESSIONS) {
  await integrationTest({
    name: `kubectl prints what ${path} shows`,
    needs: ["namespaces", "executable", "jq"],
    run: async () => {
      const steps = readConsoleSteps(await Deno.readTextFile(`${PROJECT}/${path}`), heading);
      await using cleanUp = new AsyncDisposableStack();
      const folder = await Deno.makeTempDir();
      cleanUp.defer(() => Deno.remove(folder, { recursive: true }));
      const place = cleanUp.use(await NetworkNamespace.create());
      await createBridge(place, "br48");
      const dataDir = `${folder}/data`;
      const standalone = cleanUp.use(
        new StandaloneProcess({
          form: "executable",
          place,
          dataDir,
          nics: ["default/net-48=br48"],
        }),
      );
      // Its health is served inside the namespace, which only the shell can reach.
      await standalone.url();
      const shell = cleanUp.use(await openConsole(place, folder));
      await runConsoleSteps(shell, { path, steps, places: [["/var/lib/vm-dhcp", dataDir]] });
    },
  });
}
