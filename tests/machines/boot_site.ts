/**
 * VM networks with machines that boot: the executable in a network namespace with a bridge for each
 * network, beside servers with what the machines load.
 */

import { resolve } from "node:path";
import { parse } from "yaml";
import type { JsonObject } from "../../lib/base/json.ts";
import type { KubeObject } from "../../lib/api/meta.ts";
import { ippoolSample, vmnetcfgSample } from "../support/apiserver/samples.ts";
import { QemuMachine } from "../support/machines/qemu_machine.ts";
import type { FirmwareName } from "../support/machines/firmware.ts";
import { createBridge, NetworkNamespace, runIn } from "../support/network/network_namespace.ts";
import { StandaloneProcess } from "../support/process/standalone_process.ts";
import { BootServers } from "./boot_servers.ts";

const PROJECT = resolve(import.meta.dirname ?? ".", "../..");

/** The VM networks `default/net-48` and so on, each with the subnet 192.168.N.0/24. */
const NETWORKS = [48, 49, 50, 51, 52] as const;

/** A network by its number. */
export type NetworkNumber = typeof NETWORKS[number];

/** The script that iPXE loads: it tells the server what iPXE was told, and the console that it ran. */
const SCRIPT = `#!ipxe
imgfetch http://\${next-server}/told?ip=\${ip}&mask=\${netmask}&gateway=\${gateway}&alone=\${175.176:int8} ||
echo the script ran
exit
`;

/** A site in operation; disposing leaves nothing of it. */
export class BootSite implements AsyncDisposable {
  readonly #cleanUp: AsyncDisposableStack;

  private constructor(
    cleanUp: AsyncDisposableStack,
    readonly place: NetworkNamespace,
    readonly servers: BootServers,
    readonly standalone: StandaloneProcess,
    private manifests: string,
  ) {
    this.#cleanUp = cleanUp;
  }

  /** Starts a site with pools and machines of these objects. */
  static async start(objects: readonly KubeObject[]): Promise<BootSite> {
    await using cleanUp = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir();
    cleanUp.defer(() => Deno.remove(folder, { recursive: true }));
    const place = cleanUp.use(await NetworkNamespace.create());
    for (const number of NETWORKS) await createNetwork(place, number);
    // The name server in examples/boot-http-arm64.yaml.
    await addAddress(place, 52, "192.168.52.53/24");
    const files = `${folder}/files`;
    await Deno.mkdir(files);
    const names = { "boot.example.com": "192.168.52.69" };
    const servers = cleanUp.use(await BootServers.start({ place, folder: files, names }));
    await servers.add("boot.ipxe", SCRIPT);
    const manifests = `${folder}/manifests.yaml`;
    await write(manifests, objects);
    const standalone = cleanUp.use(
      new StandaloneProcess({
        form: "executable",
        place,
        dataDir: `${folder}/data`,
        nics: NETWORKS.map((number) => `default/net-${number}=${bridgeOf(number)}`),
        args: ["--manifests", manifests],
      }),
    );
    await standalone.url();
    return new BootSite(cleanUp.move(), place, servers, standalone, manifests);
  }

  /** Switches a machine on. */
  boot(network: NetworkNumber, firmware: FirmwareName, mac: string): Promise<QemuMachine> {
    return QemuMachine.boot({ place: this.place, bridge: bridgeOf(network), firmware, mac });
  }

  /** Switches the machine on that docs/recipes.md has for the network 48. */
  async bootRecipe(): Promise<QemuMachine> {
    const [command = ""] = await recipeFor("qemu-system-x86_64");
    return QemuMachine.typed(command, this.place);
  }

  /** Has standalone take other objects; it does so a moment later. */
  async apply(objects: readonly KubeObject[]): Promise<void> {
    await write(this.manifests, objects);
    this.standalone.signal("SIGHUP");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanUp.disposeAsync();
  }
}

/** The lines of the recipe for QEMU that call a program, in their order. */
async function recipeFor(program: string): Promise<readonly string[]> {
  const text = await Deno.readTextFile(`${PROJECT}/docs/recipes.md`);
  const [, block = ""] = /^## QEMU\n[^]*?^```\n([^]*?)^```$/m.exec(text) ?? [];
  const lines = block.split("\n").filter((line) => line.startsWith(`${program} `));
  if (lines.length === 0) throw new Error(`docs/recipes.md has no line of ${program} for QEMU`);
  return lines;
}

/** An object of `examples/`. */
export async function example(name: string): Promise<KubeObject> {
  return parse(await Deno.readTextFile(`${PROJECT}/examples/${name}.yaml`));
}

/** The field `boot` as docs/ippool.md shows it. */
export async function bootOfDocument(): Promise<JsonObject> {
  const text = await Deno.readTextFile(`${PROJECT}/docs/ippool.md`);
  const [, block] = /^```yaml\n(boot:\n[^`]*)^```$/m.exec(text) ?? [];
  if (block === undefined) throw new Error("docs/ippool.md has no block of YAML with boot");
  return parse(block).boot;
}

/** A pool of 192.168.N.0/24. */
export function poolOf(number: NetworkNumber, boot: JsonObject): KubeObject {
  const octets = `192.168.${number}`;
  return ippoolSample({
    metadata: { name: `pool-${number}` },
    spec: { networkName: `default/net-${number}` },
    pool: { start: `${octets}.100`, end: `${octets}.199`, exclude: [] },
    ipv4Config: {
      serverIP: `${octets}.2`,
      cidr: `${octets}.0/24`,
      router: `${octets}.1`,
      ntp: [],
      boot,
    },
  });
}

/** A machine's claim of an address. */
export function vmOf(number: NetworkNumber, name: string, macAddress: string): KubeObject {
  const networkConfigs = [{ macAddress, networkName: `default/net-${number}` }];
  return vmnetcfgSample({ metadata: { name }, spec: { vmName: name, networkConfigs } });
}

function bridgeOf(number: NetworkNumber): string {
  return `br${number}`;
}

/** Its servers are at the address that the examples have for them. Network 48 is that of docs/recipes.md. */
async function createNetwork(place: NetworkNamespace, number: NetworkNumber): Promise<void> {
  if (number === 48) {
    for (const line of await recipeFor("ip")) await runIn(place, ...line.split(" "));
  } else await createBridge(place, bridgeOf(number));
  await addAddress(place, number, `192.168.${number}.69/24`);
  await addAddress(place, number, `fd00:${number}::1/64`);
}

async function addAddress(
  place: NetworkNamespace,
  number: NetworkNumber,
  address: string,
): Promise<void> {
  await runIn(place, "ip", "address", "add", address, "dev", bridgeOf(number), "nodad");
}

async function write(path: string, objects: readonly KubeObject[]): Promise<void> {
  await Deno.writeTextFile(
    path,
    objects.map((object) => `---\n${JSON.stringify(object)}\n`).join(""),
  );
}
