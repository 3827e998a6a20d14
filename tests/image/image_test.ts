/** What is in the image of the Containerfile. */

import assert from "node:assert/strict";
import { VERSION } from "../../cmd/cli/build.ts";
import { isExecutable } from "../../tools/programs.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { builtImage } from "../support/image/built_image.ts";
import { HERE, runIn } from "../support/network/network_namespace.ts";
import { IMAGE_NEEDS, UnpackedImage } from "./unpacked_image.ts";

/** Bytes. */
const SIZE_MAX = 130e6;

/** What can be run, also by a link. */
async function programsOf(root: string): Promise<readonly string[]> {
  const programs = [];
  for (const folder of ["bin", "sbin", "usr/bin", "usr/sbin"]) {
    const entries = await Array.fromAsync(Deno.readDir(`${root}/${folder}`)).catch(() => []);
    for (const { name } of entries) {
      if (await isExecutable(`${root}/${folder}/${name}`)) programs.push(`${folder}/${name}`);
    }
  }
  return programs.toSorted();
}

await integrationTest({
  name: "the image has one program under all names, no shell, and no root by default",
  needs: IMAGE_NEEDS,
  async run() {
    await using image = await UnpackedImage.open();
    assert.deepEqual(await programsOf(image.root), [
      "usr/bin/vm-dhcp",
      "usr/bin/vm-dhcp-agent",
      "usr/bin/vm-dhcp-controller",
      "usr/bin/vm-dhcp-webhook",
    ]);
    assert.equal(await Deno.readLink(`${image.root}/usr/bin/vm-dhcp-agent`), "vm-dhcp");
    const { config, created } = image.config;
    assert.equal(config.User, "65532:65532");
    assert.deepEqual(config.Entrypoint, ["/usr/bin/vm-dhcp"]);
    assert.equal(config.Labels["org.opencontainers.image.version"], VERSION);
    assert.equal(
      Date.parse(config.Labels["org.opencontainers.image.created"]!),
      Date.parse(created),
    );
  },
});

await integrationTest({
  name: "the image has the size that is promised",
  needs: IMAGE_NEEDS,
  async run() {
    await using image = await UnpackedImage.open();
    const bytes = Number((await runIn(HERE, "du", "-sb", image.root)).split("\t")[0]);
    console.log(
      (await builtImage()).said.split("\n").filter((line) => line.startsWith("dev: amd64")),
    );
    assert.ok(bytes <= SIZE_MAX, `${bytes} bytes`);
  },
});
