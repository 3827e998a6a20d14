/** What a release consists of, and how it is published. */

/** Where images are published, as the chart names it. */
export const IMAGE_REPOSITORY = "ghcr.io/vm-dhcp/vm-dhcp";

/** Where charts are published. */
export const CHART_REGISTRY = "oci://ghcr.io/vm-dhcp/charts";

const CHART_NAME = "harvester-vm-dhcp-controller";

/** Names of the files of a release. */
export interface Artifacts {
  readonly image: string;
  readonly sbom: string;
  readonly chart: string;
}

/** The files of the release of a version. */
export function artifactsOf(version: string): Artifacts {
  return {
    image: `vm-dhcp-${version}.oci.tar`,
    sbom: `vm-dhcp-${version}.cdx.json`,
    chart: `${CHART_NAME}-${version}.tgz`,
  };
}

/**
 * Why a release cannot be made of what is there.
 *
 * @param version That of `deno.json`.
 * @param tag What is released, such as `v1.2.3`.
 * @param changelog Text of `CHANGELOG.md`.
 * @returns Nothing when it can.
 */
export function releaseFault(version: string, tag: string, changelog: string): string | undefined {
  if (tag !== `v${version}`) return `the tag is ${tag}, but deno.json has the version ${version}`;
  if (changelog.includes(`\n## ${version} `)) return undefined;
  return `CHANGELOG.md has no section "## ${version} - DATE"`;
}

/** A program with its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** Copies the image with all its platforms, and writes the digest that it is known by then. */
export function pushImage(image: string, version: string, digestFile: string): CommandLine {
  const target = `docker://${IMAGE_REPOSITORY}:${version}`;
  return ["skopeo", "copy", "--all", "--digestfile", digestFile, `oci-archive:${image}`, target];
}

/** Publishes the chart; prints a line `Digest: sha256:...`. */
export function pushChart(helm: string, chart: string): CommandLine {
  return [helm, "push", chart, CHART_REGISTRY];
}

/** The digest in what `helm push` prints. */
export function digestOf(printed: string): string | undefined {
  return /^Digest: (sha256:[0-9a-f]{64})$/m.exec(printed)?.[1];
}

/**
 * Signs what was published, without a key: the identity of the workflow vouches for it. By digest, as
 * a tag can be moved between the two.
 */
export function signatures(
  { sbom, imageDigest, chartDigest }: {
    readonly sbom: string;
    readonly imageDigest: string;
    readonly chartDigest: string;
  },
): readonly CommandLine[] {
  const image = `${IMAGE_REPOSITORY}@${imageDigest}`;
  const chart = `${CHART_REGISTRY.replace("oci://", "")}/${CHART_NAME}@${chartDigest}`;
  return [
    ["cosign", "sign", "--yes", "--recursive", image],
    ["cosign", "attest", "--yes", "--type", "cyclonedx", "--predicate", sbom, image],
    ["cosign", "sign", "--yes", chart],
  ];
}
