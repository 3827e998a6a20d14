import assert from "node:assert/strict";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { HERE } from "../../support/network/network_namespace.ts";
import { StandaloneProcess } from "../../support/process/standalone_process.ts";
import { VmNetwork } from "../../support/network/vm_network.ts";

/** A failed start that the operator can fix. */
interface FaultCase {
  readonly name: string;
  readonly arrange?: (network: VmNetwork) => Promise<unknown>;
  readonly args?: (network: VmNetwork) => readonly string[];
  readonly dataDir?: (network: VmNetwork) => string;
  /** Words to put before the command. */
  readonly enter?: readonly string[];
  readonly code: number;
  /** The whole text on stderr. */
  readonly want: RegExp;
}

const BAD_MANIFEST = `apiVersion: network.harvesterhci.io/v1alpha1
kind: IPPool
metadata:
  name: ippool-1
spec:
  networkName: default/net-48
  ipv4Config:
    serverIP: 192.168.48.77
    cidr: 192.168.48.0/33
    pool:
      start: 192.168.48.81
      end: 192.168.48.90
`;

/** Root may do everything, so only a folder below a file cannot be made. */
function belowAFile({ folder }: VmNetwork): string {
  return `${folder}/file/data`;
}

const FAULTS: readonly FaultCase[] = [
  {
    name: "an unknown flag",
    args: () => ["--colour", "red"],
    code: 2,
    want: /^vm-dhcp standalone: .*--colour.*\n$/,
  },
  {
    name: "an interface name that is too long",
    args: () => ["--nic", "default/net-49=abcdefghijklmnop"],
    code: 2,
    want: /^vm-dhcp standalone: flag --nic: .*1 to 15 characters.*\n$/,
  },
  {
    name: "two interfaces for one VM network",
    args: () => ["--nic", "default/net-48=lo"],
    code: 2,
    want: /^vm-dhcp standalone: flag --nic: .*default\/net-48.*two interfaces.*\n$/,
  },
  {
    name: "no CAP_NET_RAW",
    enter: ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"],
    code: 1,
    want: /^vm-dhcp standalone: .*CAP_NET_RAW.*\n$/,
  },
  {
    name: "a data folder that cannot be made",
    arrange: ({ folder }) => Deno.writeTextFile(`${folder}/file`, ""),
    dataDir: belowAFile,
    code: 1,
    want: /^vm-dhcp standalone: .*\/file\/data.*cannot be made.*\n$/,
  },
  {
    name: "a file that is not a database",
    arrange: async ({ folder }) => {
      await Deno.mkdir(`${folder}/data`);
      await Deno.writeTextFile(`${folder}/data/state.db`, "no database\n".repeat(1000));
    },
    code: 1,
    want: /^vm-dhcp standalone: .*state\.db.*is damaged or not a database; it was renamed.*\n$/,
  },
  {
    name: "an invalid value in a manifest",
    arrange: ({ folder }) => Deno.writeTextFile(`${folder}/bad.yaml`, BAD_MANIFEST),
    args: ({ folder }) => ["--manifests", `${folder}/bad.yaml`],
    code: 1,
    want: /\/bad\.yaml:9: spec\.ipv4Config\.cidr: .*\n$/,
  },
  {
    name: "a missing manifest",
    args: ({ folder }) => ["--manifests", `${folder}/none.yaml`],
    code: 1,
    want: /\/none\.yaml:1: .*no such file or folder\n$/,
  },
];

for (const { name, arrange, args, dataDir, enter = [], code, want } of FAULTS) {
  await integrationTest({
    name: `standalone does not start with ${name} and says why`,
    needs: ["namespaces"],
    run: async () => {
      await using network = await VmNetwork.create();
      await arrange?.(network);
      await using standalone = new StandaloneProcess({
        ...network.options(),
        ...(dataDir === undefined ? {} : { dataDir: dataDir(network) }),
        place: { ...HERE, enter },
        args: args?.(network) ?? [],
      });
      const status = await standalone.ended();
      assert.match(standalone.errors(), want);
      assert.equal(status.code, code);
    },
  });
}

await integrationTest({
  name:
    "standalone starts while its HTTP port is in use, names the flag, and listens when it is free",
  needs: ["namespaces"],
  run: async () => {
    await using network = await VmNetwork.create();
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const address = `127.0.0.1:${listener.addr.port}`;
    await using standalone = new StandaloneProcess({
      ...network.options(),
      args: ["--http", address],
    });
    const logged = (what: string) => waitUntil(() => standalone.log.entries(what)[0], { what });
    const warning = await logged("http listener cannot listen yet");
    assert.equal(
      warning["reason"],
      `cannot listen on ${address}: the port is in use by another process; ` +
        "choose another one with --http ADDR:PORT",
    );
    await logged("standalone started");
    listener.close();
    await logged("http listener is listening");
    const response = await fetch(`http://${address}/healthz`);
    assert.equal(await response.text(), '{"ok":true}\n');
  },
});

await integrationTest({
  name: "a second standalone does not start on the data folder of a running one",
  needs: ["namespaces"],
  run: async () => {
    await using network = await VmNetwork.create();
    const first = await network.standalone();
    await using second = new StandaloneProcess(network.options());
    const { code } = await second.ended();
    assert.match(second.errors(), /\/data.*another/s);
    assert.equal(code, 1);
    assert.equal(await first.get("/healthz"), '{"ok":true}\n');
  },
});
