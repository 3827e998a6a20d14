/** Real clients that take small packets join routes that came in pieces in several fields. */

import assert from "node:assert/strict";
import { parseCidr } from "../../../lib/net/cidr.ts";
import { VirtualNic } from "../../support/dhcp/dhcp_client.ts";
import { ip } from "../../support/dhcp/dhcp_packets.ts";
import { tableOf, WireNetwork } from "../../support/dhcp/wire_network.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { commandIn } from "../../support/network/network_namespace.ts";

const MAC = "52:54:00:12:34:56";

/** With 20 routes, one value that clients need not join in pieces, and with 35 one that they must. */
const ROUTE_COUNTS = [20, 35];

/** Takes so much of the reply that the routes do not fit into one field. */
const FILLER = { code: 44, value: new Uint8Array(100).fill(1) };

interface Asker {
  /** Contents of `FOLDER/config`. */
  readonly config: string;
  readonly command: (folder: string, interfaceName: string) => readonly string[];
  /** The routes in the environment of its hook. */
  readonly routes: RegExp;
  /** As the client shows a route to 10.0.i.0/24. */
  readonly show: (i: number) => string;
}

const ASKERS: Readonly<Record<"udhcpc" | "dhclient", Asker>> = {
  udhcpc: {
    config: "",
    command: (folder, interfaceName) => [
      ...["udhcpc", "-f", "-q", "-t", "20", "-T", "1", "-i", interfaceName],
      ...["-s", `${folder}/hook`, "-O", "staticroutes", "-O", "wins"],
    ],
    routes: /^staticroutes=(.*) 0\.0\.0\.0\/0 192\.0\.2\.1$/m,
    show: (i) => `10.0.${i}.0/24 192.0.2.9`,
  },
  dhclient: {
    config: "option routes code 121 = array of unsigned integer 8;\n" +
      "request subnet-mask, routers, routes, netbios-name-servers;\ninitial-interval 1;\n",
    command: (folder, interfaceName) => [
      ...["dhclient", "-4", "-1", "-cf", `${folder}/config`, "-lf", `${folder}/leases`],
      ...["-pf", `${folder}/pid`, "-sf", `${folder}/hook`, interfaceName],
    ],
    routes: /^new_routes=(.*) 0 192 0 2 1$/m,
    show: (i) => `24 10 0 ${i} 192 0 2 9`,
  },
};

async function environmentOf(asker: Asker, nic: VirtualNic, folder: string): Promise<string> {
  await Deno.writeTextFile(`${folder}/config`, asker.config);
  for (const file of ["leases", "pid"]) await Deno.writeTextFile(`${folder}/${file}`, "");
  await Deno.writeTextFile(`${folder}/hook`, `#!/bin/sh\nenv >>${folder}/seen\n`);
  await Deno.chmod(`${folder}/hook`, 0o755);
  const command = asker.command(folder, nic.interfaceName);
  const { code, stderr } = await commandIn(nic.place, command, {
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  // dhclient goes on in the background once it has its lease.
  const pid = Number.parseInt(await Deno.readTextFile(`${folder}/pid`));
  if (pid > 0) Deno.kill(pid, "SIGTERM");
  return await Deno.readTextFile(`${folder}/seen`);
}

for (const [name, asker] of Object.entries(ASKERS)) {
  await integrationTest({
    name: `${name} joins routes that lie in options, file and sname`,
    needs: ["namespaces", name as keyof typeof ASKERS],
    run: async () => {
      await using network = await WireNetwork.create();
      const server = await network.serve(tableOf({}));
      await using nic = await VirtualNic.create(network.bridge, MAC);
      for (const count of ROUTE_COUNTS) {
        const routes = Array.from({ length: count }, (_, i) => (
          { destination: parseCidr(`10.0.${i}.0/24`)!, gateway: ip("192.0.2.9") }
        ));
        server.setTable(tableOf({ [MAC]: "192.0.2.10" }, { routes, options: [FILLER] }));
        const folder = await Deno.makeTempDir({ dir: network.folder });
        const seen = asker.routes.exec(await environmentOf(asker, nic, folder))?.[1];
        assert.equal(seen, routes.map((_, i) => asker.show(i)).join(" "), `${count} routes`);
      }
    },
  });
}
