import assert from "node:assert/strict";
import { parse } from "yaml";
import project from "../../deno.json" with { type: "json" };
import { PROJECT } from "../steps.ts";
import {
  artifactsOf,
  CHART_REGISTRY,
  digestOf,
  IMAGE_REPOSITORY,
  pushImage,
  releaseFault,
  signatures,
} from "./artifacts.ts";

const DIGEST = `sha256:${"0a".repeat(32)}`;

async function read(path: string): Promise<unknown> {
  return parse(await Deno.readTextFile(`${PROJECT}/${path}`));
}

Deno.test("the chart has the version of deno.json, and its image is the one that is published", async () => {
  const { version, appVersion, name } = await read("chart/Chart.yaml") as Record<string, string>;
  assert.equal(version, project.version);
  assert.equal(appVersion, project.version);
  assert.equal(artifactsOf(project.version).chart, `${name}-${version}.tgz`);
  const { image } = await read("chart/values.yaml") as { image: { repository: string } };
  assert.equal(image.repository, IMAGE_REPOSITORY);
});

Deno.test("a release is refused when its tag or its changelog is of another version", () => {
  const changelog = "# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-01-31\n";
  assert.equal(releaseFault("1.2.3", "v1.2.3", changelog), undefined);
  assert.match(releaseFault("1.2.3", "v1.2.4", changelog) ?? "", /the tag is v1\.2\.4/);
  assert.match(releaseFault("1.2", "v1.2", changelog) ?? "", /no section "## 1\.2 - DATE"/);
});

Deno.test("what is signed is named by its digest", () => {
  const commands = signatures({ sbom: "s.json", imageDigest: DIGEST, chartDigest: DIGEST });
  const named = commands.map((command) => command.at(-1));
  assert.deepEqual(named, [
    `${IMAGE_REPOSITORY}@${DIGEST}`,
    `${IMAGE_REPOSITORY}@${DIGEST}`,
    `${CHART_REGISTRY.slice("oci://".length)}/harvester-vm-dhcp-controller@${DIGEST}`,
  ]);
});

Deno.test("an image is pushed with all its platforms", () => {
  assert.ok(pushImage("a.tar", "1.2.3", "d").includes("--all"));
});

Deno.test("the digest of a chart is read from what helm prints", () => {
  assert.equal(digestOf(`Pushed: r/c:1\nDigest: ${DIGEST}\n`), DIGEST);
  assert.equal(digestOf("Error: no login"), undefined);
});
