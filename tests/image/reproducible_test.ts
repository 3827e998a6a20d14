/** The image is built again, elsewhere: the same digest, and what it is made of. */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { VERSION } from "../../cmd/cli/build.ts";
import { findCommit } from "../../tools/compile.ts";
import { PROJECT } from "../../tools/steps.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { builtImage, IMAGE_SOURCES } from "../support/image/built_image.ts";
import { ImageWorkshop } from "../support/image/image_workshop.ts";
import { HERE, runIn } from "../support/network/network_namespace.ts";
import { IMAGE_NEEDS } from "./unpacked_image.ts";

/** A component of a bill of materials, as far as the test reads it. */
interface Component {
  readonly type: string;
  readonly "bom-ref": string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
}

interface Sbom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp: string; readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** Types of components that CycloneDX 1.6 knows and that an image has. */
const TYPES = ["application", "platform", "library", "operating-system"];

/** The sources in another folder, without their history and older than they are. */
async function copySources(folder: string): Promise<void> {
  for (const path of IMAGE_SOURCES) {
    await Deno.mkdir(dirname(`${folder}/${path}`), { recursive: true });
    await runIn(HERE, "cp", "-r", `${PROJECT}/${path}`, `${folder}/${path}`);
  }
  await runIn(HERE, "find", folder, "-exec", "touch", "-d", "2001-02-03", "{}", "+");
}

function checkSbom(sbom: Sbom, digest: string): void {
  assert.equal(sbom.bomFormat, "CycloneDX");
  assert.equal(sbom.specVersion, "1.6");
  assert.match(sbom.serialNumber, /^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(sbom.metadata.component.type, "container");
  assert.ok(sbom.metadata.component.purl?.includes(encodeURIComponent(digest)), digest);
  for (const { type, name } of sbom.components) {
    assert.ok(TYPES.includes(type) && name !== "", name);
  }
  const refs = [sbom.metadata.component, ...sbom.components].map((each) => each["bom-ref"]);
  assert.equal(new Set(refs).size, refs.length, "each has a name of its own");
  const named = sbom.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]);
  assert.deepEqual(named.filter((ref) => !refs.includes(ref)), []);
  const purls = sbom.components.map(({ purl }) => purl ?? "");
  for (const wanted of [/^pkg:npm\/ajv@8/, /^pkg:deb\/debian\/libc6@2.*arch=/, /deno@v2/]) {
    assert.ok(purls.some((purl) => wanted.test(purl)), `${wanted}`);
  }
}

await integrationTest({
  name: "a second build in another folder is the same image, and says what it is made of",
  needs: IMAGE_NEEDS,
  async run() {
    const first = await builtImage();
    await using workshop = await ImageWorkshop.open();
    const project = `${workshop.folder}/project`;
    await copySources(project);
    const archive = `${workshop.folder}/again.tar`;
    const file = `${workshop.folder}/sbom.json`;
    const epoch = await runIn(HERE, "git", "-C", PROJECT, "log", "-1", "--format=%ct");
    const said = await workshop.build(
      ["--tag", first.name, "--archive", archive, "--sbom", file],
      { project, env: { SOURCE_DATE_EPOCH: epoch.trim(), VM_DHCP_COMMIT: (await findCommit())! } },
    );
    const digestOf = (text: string) => /sha256:[0-9a-f]{64}$/m.exec(text)?.[0];
    const digest = digestOf(said);
    assert.ok(digest !== undefined, said);
    assert.equal(digest, digestOf(first.said));
    await runIn(HERE, "cmp", archive, first.archive);
    const sbom: Sbom = JSON.parse(await Deno.readTextFile(file));
    checkSbom(sbom, digest);
    assert.equal(sbom.metadata.component.version, VERSION);
  },
});
