/** What an image is made of, in the JSON of CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/). */

import type { DebianPackage, DebianRelease } from "./debian_packages.ts";
import type { BundledPackage } from "./packages.ts";

/** An image and its parts. */
export interface ImageParts {
  /** With its tag. */
  readonly name: string;
  /** Names it in a registry. */
  readonly digest: string;
  readonly version: string;
  /** When the sources were committed, in seconds. */
  readonly epoch: number;
  /** Version of the runtime in the executable. */
  readonly deno: string;
  readonly packages: readonly BundledPackage[];
  /** One for each architecture. */
  readonly releases: readonly DebianRelease[];
}

/** A part, in the words of CycloneDX. */
interface Component {
  readonly type: string;
  readonly "bom-ref": string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly [field: string]: unknown;
}

const EXECUTABLE = "vm-dhcp";

/** The bill of materials. The same image has the same bill. */
export async function sbomOf(parts: ImageParts): Promise<unknown> {
  const image = imageOf(parts);
  const runtime = runtimeOf(parts);
  const packages = parts.packages.map(npmComponent);
  const system = systemOf(parts.releases);
  const body = {
    metadata: {
      timestamp: new Date(parts.epoch * 1000).toISOString(),
      component: image,
    },
    components: [executableOf(parts), ...runtime, ...packages, ...system],
    dependencies: [
      { ref: image["bom-ref"], dependsOn: [EXECUTABLE, ...system.map(refOf)] },
      { ref: EXECUTABLE, dependsOn: [refOf(runtime[0]!), ...packages.map(refOf)] },
      { ref: refOf(runtime[0]!), dependsOn: runtime.slice(1).map(refOf) },
      ...parts.packages.map((each) => ({
        ref: npmRef(`${each.name}@${each.version}`),
        dependsOn: each.dependencies.map(npmRef),
      })),
    ],
  };
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${await uuidOf(JSON.stringify(body))}`,
    version: 1,
    ...body,
  };
}

function imageOf({ name, digest, version }: ImageParts): Component {
  const repository = name.replace(/:[^:/]*$/, "");
  const short = repository.split("/").at(-1)!;
  const purl = `pkg:oci/${short}@${encodeURIComponent(digest)}?repository_url=${repository}`;
  return { type: "container", "bom-ref": purl, name: repository, version, purl };
}

function executableOf({ version }: ImageParts): Component {
  const licenses = licensesOf("Apache-2.0");
  return { type: "application", "bom-ref": EXECUTABLE, name: EXECUTABLE, version, licenses };
}

/** Deno, and V8 in it, which has no version of its own here: each Deno has one V8. */
function runtimeOf({ deno }: ImageParts): readonly Component[] {
  const purl = `pkg:github/denoland/deno@v${deno}`;
  return [
    {
      type: "platform",
      "bom-ref": purl,
      name: "deno",
      version: deno,
      purl,
      licenses: licensesOf("MIT"),
    },
    { type: "library", "bom-ref": "v8", name: "v8", licenses: licensesOf("BSD-3-Clause") },
  ];
}

function npmComponent({ name, version, license, homepage, sha512 }: BundledPackage): Component {
  const [short = name, scope] = name.split("/").reverse();
  return {
    type: "library",
    "bom-ref": npmRef(`${name}@${version}`),
    ...(scope === undefined ? {} : { group: scope }),
    name: short,
    version,
    purl: npmRef(`${name}@${version}`),
    licenses: licensesOf(license),
    hashes: [{ alg: "SHA-512", content: sha512 }],
    ...(homepage === undefined ? {} : { externalReferences: [{ type: "website", url: homepage }] }),
  };
}

/** A package URL (https://github.com/package-url/purl-spec). @param name `NAME@VERSION` */
function npmRef(name: string): string {
  return `pkg:npm/${name.replace(/^@/, "%40")}`;
}

function systemOf(releases: readonly DebianRelease[]): readonly Component[] {
  const [first] = releases;
  if (first === undefined) return [];
  const distro = `debian-${first.version}`;
  const packages = releases.flatMap((each) => each.packages).map((each) => debianOf(each, distro));
  return [
    { type: "operating-system", "bom-ref": distro, name: "debian", version: first.version },
    // One that is for all architectures is in the image of each.
    ...new Map(packages.map((each) => [refOf(each), each])).values(),
  ];
}

function debianOf({ name, version, architecture }: DebianPackage, distro: string): Component {
  const qualifiers = `arch=${architecture}&distro=${distro}`;
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?${qualifiers}`;
  return { type: "library", "bom-ref": purl, name, version, purl };
}

/** A licence has an entry of its own if it is one alone. */
function licensesOf(expression: string): readonly unknown[] {
  return /[\s(]/.test(expression) ? [{ expression }] : [{ license: { id: expression } }];
}

function refOf({ "bom-ref": ref }: Component): string {
  return ref;
}

/** A UUID that follows from a text (version 8 of RFC 9562). */
async function uuidOf(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const hex = new Uint8Array(hash).toHex();
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join("-");
}
