/** `./dev image`: builds the container image, and tells its size and how long it takes to start. */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { VERSION } from "../../cmd/cli/build.ts";
import { messageOf } from "../../lib/base/errors.ts";
import { type Architecture, isArchitecture } from "../compile.ts";
import { PROJECT, say } from "../steps.ts";
import { BundleError } from "../bundle.ts";
import { buildImage, ImageError } from "./build_image.ts";
import { unpackImage } from "./oci_layout.ts";
import { measureStart } from "./start_time.ts";

const USAGE = `usage: ./dev image [OPTION...]

  --tag NAME            name of the image with its tag; ghcr.io/vm-dhcp/vm-dhcp:VERSION by default
  --archive FILE        where its archive goes; dist/image.tar by default
  --arch LIST           amd64, arm64, or both with a comma between; this machine's by default
  --build-image NAME    instead of the Containerfile's, such as its copy in another registry
  --runtime-image NAME  likewise`;

const HERE: Architecture = Deno.build.arch === "x86_64" ? "amd64" : "arm64";

const OPTIONS = {
  tag: { type: "string", default: `ghcr.io/vm-dhcp/vm-dhcp:${VERSION}` },
  archive: { type: "string", default: `${PROJECT}/dist/image.tar` },
  arch: { type: "string", default: HERE },
  "build-image": { type: "string" },
  "runtime-image": { type: "string" },
} as const;

function parse() {
  const { values } = parseArgs({ options: OPTIONS });
  const architectures = values.arch.split(",");
  if (!architectures.every(isArchitecture)) throw new TypeError(`--arch ${values.arch} is unknown`);
  const bases = {
    BUILD_IMAGE: values["build-image"],
    RUNTIME_IMAGE: values["runtime-image"],
  };
  return { name: values.tag, archive: resolve(values.archive), architectures, bases: given(bases) };
}

function given(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => value === undefined ? [] : [[key, value]]),
  );
}

async function build(options: ReturnType<typeof parse>): Promise<void> {
  const work = `${PROJECT}/dist/image`;
  await Deno.mkdir(work, { recursive: true });
  try {
    const { images, digest } = await buildImage(options, work);
    say(`${options.name} in ${options.archive}, ${digest}`);
    for (const image of images) {
      const root = `${work}/root-${image.arch}`;
      const bytes = await unpackImage(image, root);
      const start = image.arch === HERE ? `, starts in ${await measureStart(root)} ms` : "";
      say(`${image.arch}: ${(bytes / 1e6).toFixed(0)} MB${start}`);
    }
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function main(): Promise<number> {
  let options;
  try {
    options = parse();
  } catch (error) {
    say(messageOf(error));
    console.error(USAGE);
    return 2;
  }
  try {
    await build(options);
    return 0;
  } catch (error) {
    if (!(error instanceof ImageError) && !(error instanceof BundleError)) throw error;
    say(error.message);
    return 1;
  }
}

if (import.meta.main) Deno.exitCode = await main();
