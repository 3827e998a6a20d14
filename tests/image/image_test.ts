/** What is in the image of the Containerfile. */

import assert from "node:assert/strict";
import { VERSION } from "../../cmd/cli/build.ts";
import { findCommit } from "../../tools/compile.ts";
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
  name: "the image of the Containerfile",
  needs: IMAGE_NEEDS,
  async run(t) {
    const { said } = await builtImage();
    await using image = await UnpackedImage.open();
    const { config, created } = image.config;

    await t.step("has one program under all names, and no shell", async () => {
      assert.deepEqual(await programsOf(image.root), [
        "usr/bin/vm-dhcp",
        "usr/bin/vm-dhcp-agent",
        "usr/bin/vm-dhcp-controller",
        "usr/bin/vm-dhcp-webhook",
      ]);
      assert.deepEqual(config.Entrypoint, ["/usr/bin/vm-dhcp"]);
    });

    await t.step("is not root's unless a Pod says so", () => {
      assert.equal(config.User, "65532:65532");
    });

    await t.step("says what it is and where it comes from", async () => {
      const label = (name: string) => config.Labels[`org.opencontainers.image.${name}`];
      assert.equal(label("version"), VERSION);
      assert.equal(label("revision"), await findCommit());
      assert.equal(label("licenses"), "Apache-2.0");
      assert.equal(Date.parse(label("created")!), Date.parse(created));
    });

    await t.step("has the licences of the program and its packages", async () => {
      const folder = `${image.root}/usr/share/doc/vm-dhcp`;
      assert.match(await Deno.readTextFile(`${folder}/LICENSE`), /Apache License/);
      const notices = await Deno.readTextFile(`${folder}/licenses.txt`);
      assert.match(notices, /^ajv 8\..*, MIT\n\nThe MIT License/m);
    });

    await t.step("has the size that is promised", async () => {
      const bytes = Number((await runIn(HERE, "du", "-sb", image.root)).split("\t")[0]);
      const figures = /^dev: \w+64: .*$/m.exec(said)?.[0];
      console.log(figures);
      assert.match(figures ?? said, / MB, starts in \d+ ms$/);
      assert.ok(bytes <= SIZE_MAX, `${bytes} bytes`);
    });
  },
});
