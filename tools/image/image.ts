/** `./dev image`: builds the container image, and tells its size and how long it takes to start. */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { VERSION } from "../../cmd/cli/build.ts";
import { messageOf } from "../../lib/base/errors.ts";
import { BundleError } from "../bundle.ts";
import { HERE, isArchitecture } from "../compile.ts";
import { IMAGE_REPOSITORY } from "../release/artifacts.ts";
import { PROJECT, say } from "../steps.ts";
import { buildImage, type BuiltImage, ImageError, type ImageOptions } from "./build_image.ts";
import { type DebianRelease, debianRelease } from "./debian_packages.ts";
import { type LayoutImage, unpackImage } from "./oci_layout.ts";
import { bundledPackages } from "./packages.ts";
import { sbomOf } from "./sbom.ts";
import { measureStart } from "./start_time.ts";

const USAGE = `usage: ./dev image [OPTION...]

  --tag NAME            name of the image with its tag; ${IMAGE_REPOSITORY}:VERSION by default
  --archive FILE        where its archive goes; dist/image.tar by default
  --arch LIST           amd64, arm64, or both with a comma between; this machine's by default
  --sbom FILE           where to write what the image is made of, in the JSON of CycloneDX
  --build-image NAME    instead of the Containerfile's, such as its copy in another registry
  --runtime-image NAME  likewise`;

const OPTIONS = {
  tag: { type: "string", default: `${IMAGE_REPOSITORY}:${VERSION}` },
  archive: { type: "string", default: `${PROJECT}/dist/image.tar` },
  arch: { type: "string", default: HERE },
  help: { type: "boolean", short: "h", default: false },
  sbom: { type: "string" },
  "build-image": { type: "string" },
  "runtime-image": { type: "string" },
} as const;

/** What to do. */
interface Task extends ImageOptions {
  readonly sbom: string | undefined;
}

/** @throws {TypeError} when the command line is not understood. */
function parse(): Task | "help" {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return "help";
  const architectures = values.arch.split(",");
  if (!architectures.every(isArchitecture)) throw new TypeError(`--arch ${values.arch}: unknown`);
  const named = { BUILD_IMAGE: values["build-image"], RUNTIME_IMAGE: values["runtime-image"] };
  const bases = Object.entries(named).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const]
  );
  return {
    name: values.tag,
    archive: resolve(values.archive),
    architectures,
    bases: Object.fromEntries(bases),
    sbom: values.sbom === undefined ? undefined : resolve(values.sbom),
  };
}

/** Builds the image, says how large it is, and writes what it is made of. */
async function build(task: Task): Promise<void> {
  const work = `${PROJECT}/dist/image`;
  await Deno.mkdir(work, { recursive: true });
  try {
    const image = await buildImage(task, work);
    say(`${task.name} in ${task.archive}, ${image.digest}`);
    const insides = [];
    for (const each of image.images) insides.push(await lookInto(each, work));
    if (task.sbom === undefined) return;
    const text = JSON.stringify(await describe(task, image, insides, work), null, 2);
    await Deno.writeTextFile(task.sbom, `${text}\n`);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** What is known of an image once it is unpacked. */
interface Inside {
  readonly release: DebianRelease;
  /** Of the runtime; undefined when this machine cannot run it. */
  readonly deno: string | undefined;
}

/** Unpacks an image and says its size and how long it takes to start. */
async function lookInto(image: LayoutImage, work: string): Promise<Inside> {
  const root = `${work}/root-${image.arch}`;
  const bytes = await unpackImage(image, root);
  const start = image.arch === HERE ? await measureStart(root) : undefined;
  const starts = start === undefined ? "" : `, starts in ${start.milliseconds} ms`;
  say(`${image.arch}: ${(bytes / 1e6).toFixed(0)} MB${starts}`);
  return { release: await debianRelease(root), deno: start?.deno };
}

/** @throws {ImageError} */
async function describe(
  { name }: Task,
  { digest, epoch, prefetched }: BuiltImage,
  insides: readonly Inside[],
  work: string,
): Promise<unknown> {
  const deno = insides.find((each) => each.deno !== undefined)?.deno;
  if (deno === undefined) throw new ImageError(`--sbom starts the image: add ${HERE} to --arch`);
  const folder = `${work}/packages`;
  await Deno.mkdir(folder);
  const packages = await bundledPackages(folder, { DENO_DIR: prefetched });
  const releases = insides.map(({ release }) => release);
  return await sbomOf({ name, digest, version: VERSION, epoch, deno, packages, releases });
}

async function main(): Promise<number> {
  let task;
  try {
    task = parse();
  } catch (error) {
    say(messageOf(error));
    console.error(USAGE);
    return 2;
  }
  if (task === "help") {
    console.log(USAGE);
    return 0;
  }
  try {
    await build(task);
    return 0;
  } catch (error) {
    if (!(error instanceof ImageError) && !(error instanceof BundleError)) throw error;
    say(error.message);
    return 1;
  }
}

if (import.meta.main) Deno.exitCode = await main();
