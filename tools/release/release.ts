/** `./dev release`: everything that a release consists of, in `dist/release`; published with `--publish`. */

import { parseArgs } from "node:util";
import { VERSION } from "../../cmd/cli/build.ts";
import { messageOf } from "../../lib/base/errors.ts";
import { prepareHelm } from "../kubernetes/helm.ts";
import { PROJECT, runLoudly, say } from "../steps.ts";
import { run } from "../image/run.ts";
import {
  artifactsOf,
  type CommandLine,
  digestOf,
  IMAGE_REPOSITORY,
  pushChart,
  pushImage,
  releaseFault,
  signatures,
} from "./artifacts.ts";

const USAGE = `usage: ./dev release [OPTION...]

  --arch LIST     amd64, arm64, or both with a comma between (the default)
  --publish TAG   pushes image and chart and signs both, as the release of TAG, such as v${VERSION};
                  needs skopeo, cosign, and a login to the registry`;

const OPTIONS = {
  arch: { type: "string", default: "amd64,arm64" },
  publish: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

const FOLDER = `${PROJECT}/dist/release`;

/** Stops the release when a part of it fails, which has said why. */
async function must([program, ...args]: CommandLine): Promise<void> {
  if (!await runLoudly(program, ...args)) throw new Error(`${program} ${args[0]} failed`);
}

async function build(arch: string): Promise<void> {
  const { image, sbom } = artifactsOf(VERSION);
  // Nothing of an earlier one is left in it.
  await Deno.mkdir(FOLDER, { recursive: true });
  await Deno.remove(FOLDER, { recursive: true });
  await Deno.mkdir(FOLDER);
  const names = ["--archive", `${FOLDER}/${image}`, "--sbom", `${FOLDER}/${sbom}`];
  const tag = `${IMAGE_REPOSITORY}:${VERSION}`;
  await must([`${PROJECT}/dev`, "image", "--arch", arch, "--tag", tag, ...names]);
  await must([await prepareHelm(), "package", `${PROJECT}/chart`, "--destination", FOLDER]);
  const files = Object.values(artifactsOf(VERSION));
  await Deno.writeTextFile(`${FOLDER}/SHA256SUMS`, await sumsOf(files));
  say(`${FOLDER}: ${[...files, "SHA256SUMS"].join(", ")}`);
}

/** As `sha256sum --check` reads them. */
async function sumsOf(files: readonly string[]): Promise<string> {
  const lines = [];
  for (const file of files) {
    const [sum] = (await run("sha256sum", `${FOLDER}/${file}`)).split(" ");
    lines.push(`${sum}  ${file}\n`);
  }
  return lines.join("");
}

async function publish(): Promise<void> {
  const { image, sbom, chart } = artifactsOf(VERSION);
  const digestFile = await Deno.makeTempFile();
  try {
    await must(pushImage(`${FOLDER}/${image}`, VERSION, digestFile));
    const imageDigest = (await Deno.readTextFile(digestFile)).trim();
    const printed = await run(...pushChart(await prepareHelm(), `${FOLDER}/${chart}`));
    const chartDigest = digestOf(printed);
    if (chartDigest === undefined) throw new Error(`helm push told no digest: ${printed}`);
    const digests = { imageDigest, chartDigest };
    for (const command of signatures({ sbom: `${FOLDER}/${sbom}`, ...digests })) {
      await must(command);
    }
    say(`published ${IMAGE_REPOSITORY}:${VERSION}@${imageDigest} and its chart ${chartDigest}`);
  } finally {
    await Deno.remove(digestFile);
  }
}

async function release(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return console.log(USAGE);
  if (values.publish !== undefined) {
    const changelog = await Deno.readTextFile(`${PROJECT}/CHANGELOG.md`);
    const fault = releaseFault(VERSION, values.publish, changelog);
    if (fault !== undefined) throw new Error(fault);
  }
  await build(values.arch);
  if (values.publish !== undefined) await publish();
}

if (import.meta.main) {
  try {
    await release();
  } catch (error) {
    console.error(`dev: ${messageOf(error)}`);
    Deno.exitCode = 1;
  }
}
