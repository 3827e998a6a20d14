/** Real firmware boots from pools as README, docs/ippool.md, docs/recipes.md and examples/ have them. */

import assert from "node:assert/strict";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import type { QemuMachine } from "../support/machines/qemu_machine.ts";
import type { HttpRequest } from "./boot_servers.ts";
import { bootOfDocument, BootSite, example, poolOf, vmOf } from "./boot_site.ts";

/** Addresses of the machines' network cards. */
const MACS = {
  chained: "52:54:00:00:49:01",
  bios: "52:54:00:00:50:01",
  http: "52:54:00:00:50:02",
  pxe: "52:54:00:00:51:01",
  arm: "52:54:00:00:52:01",
} as const;

/** With a name in it, a file is told by option 67 alone: the field for it has 128 octets. */
const LONG_FOLDER = "x".repeat(128);

/** Nothing but a program that the BIOS loads by TFTP, and that asks again as iPXE. */
const LOOP = poolOf(49, {
  nextServer: "192.168.49.69",
  files: [{ file: `${LONG_FOLDER}/undionly.kpxe` }],
});

const SCRIPT_49 = "http://192.168.49.69/boot.ipxe";

const LOOP_ENDS = poolOf(49, { nextServer: "192.168.49.69", files: [{ file: SCRIPT_49 }] });

const CHAINED_VM = vmOf(49, "chained", MACS.chained);

/**
 * Waits until the script of iPXE has run, which says what iPXE was told of network N.
 *
 * @param alone `1` where it was told not to wait for other boot servers.
 */
async function ranScript(
  site: BootSite,
  machine: QemuMachine,
  network: number,
  alone = "",
): Promise<void> {
  const address = await machine.address();
  await machine.prints(/^the script ran$/m);
  const octets = `192.168.${network}`;
  const told = `/told?ip=${address}&mask=255.255.255.0&gateway=${octets}.1&alone=${alone}`;
  assert.match(address, new RegExp(`^${octets}\\.1\\d\\d$`), machine.console());
  await firstRequest(site, machine, "/told");
  const requests = site.servers.requestsFrom(address).filter(({ method }) => method === "GET");
  assert.deepEqual(
    requests.map(({ host, path }) => `${host}${path}`).slice(-2),
    [`${octets}.69/boot.ipxe`, `${octets}.69${told}`],
    machine.console(),
  );
}

/** Waits until the machine asks for a path that begins so. */
async function firstRequest(
  site: BootSite,
  machine: QemuMachine,
  beginning: string,
): Promise<HttpRequest> {
  const address = await machine.address();
  return await waitUntil(
    () => site.servers.requestsFrom(address).find(({ path }) => path.startsWith(beginning)),
    { what: `a request for ${beginning}`, limitMs: 120_000, explain: () => machine.console() },
  );
}

await integrationTest({
  name: "machines with real firmware boot from what their pools say",
  needs: [
    "namespaces",
    "real root",
    "executable",
    "dnsmasq",
    "qemu-system-x86_64",
    "qemu-system-aarch64",
  ],
  run: async (test) => {
    await using cleanUp = new AsyncDisposableStack();
    const site = cleanUp.use(
      await BootSite.start([
        await example("ippool"),
        await example("virtualmachinenetworkconfig"),
        LOOP,
        CHAINED_VM,
        poolOf(50, await bootOfDocument()),
        vmOf(50, "bios", MACS.bios),
        vmOf(50, "http", MACS.http),
        await example("boot-ipxe"),
        vmOf(51, "pxe", MACS.pxe),
        await example("boot-http-arm64"),
        vmOf(52, "arm", MACS.arm),
      ]),
    );
    await Deno.symlink(".", `${site.servers.options.folder}/${LONG_FOLDER}`);
    // Side by side: what takes long is the firmware's own business. A machine that has done its
    // part is switched off, because what it does next takes time of the others.
    const arm = cleanUp.use(await site.boot(52, "UEFI HTTP of ARM", MACS.arm));
    const http = cleanUp.use(await site.boot(50, "UEFI HTTP", MACS.http));
    const pxe = cleanUp.use(await site.boot(51, "UEFI PXE", MACS.pxe));
    const recipe = cleanUp.use(await site.bootRecipe());
    const chained = cleanUp.use(await site.boot(49, "BIOS", MACS.chained));
    const bios = cleanUp.use(await site.boot(50, "BIOS", MACS.bios));

    await test.step("the VM of README, as docs/recipes.md starts it, prints its address", async () => {
      await recipe.prints(/^net0: 192\.168\.48\.82\/255\.255\.255\.0 gw 192\.168\.48\.1$/m);
      await recipe[Symbol.asyncDispose]();
    });

    await test.step("a BIOS loads iPXE by TFTP, which is told what is new in the pool", async () => {
      await chained.prints(/^net0: .* using undionly on /m);
      assert.ok(site.servers.transfersTo(await chained.address()).includes("undionly.kpxe"));
      await site.apply([LOOP_ENDS, CHAINED_VM]);
      await ranScript(site, chained, 49);
      await chained[Symbol.asyncDispose]();
    });

    await test.step("the iPXE of a network card runs the script that docs/ippool.md names", async () => {
      await ranScript(site, bios, 50);
      await bios[Symbol.asyncDispose]();
    });

    await test.step("UEFI loads iPXE by HTTP, as docs/ippool.md says", async () => {
      await ranScript(site, http, 50);
      assert.equal((await firstRequest(site, http, "/")).path, "/ipxe.efi", http.console());
      await http[Symbol.asyncDispose]();
    });

    await test.step("UEFI loads iPXE by TFTP, as examples/boot-ipxe.yaml says", async () => {
      await ranScript(site, pxe, 51, "1");
      assert.ok(site.servers.transfersTo(await pxe.address()).includes("ipxe.efi"), pxe.console());
      await pxe[Symbol.asyncDispose]();
    });

    await test.step("UEFI of ARM asks for the file of examples/boot-http-arm64.yaml", async () => {
      const request = await firstRequest(site, arm, "/");
      assert.equal(`${request.host}${request.path}`, "boot.example.com/arm64/grubaa64.efi");
      await arm[Symbol.asyncDispose]();
    });
  },
});
