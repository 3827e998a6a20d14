/** The packages of Debian in an image. */

/** A package of Debian. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** Which Debian it is. */
export interface DebianRelease {
  readonly version: string;
  readonly packages: readonly DebianPackage[];
}

/** Where distroless images keep a file for each package. */
const STATUS = "var/lib/dpkg/status.d";

/** Reads what an unpacked image is made of, by name. */
export async function debianRelease(root: string): Promise<DebianRelease> {
  const release = await Deno.readTextFile(`${root}/usr/lib/os-release`);
  const packages = [];
  for await (const { name } of Deno.readDir(`${root}/${STATUS}`)) {
    if (name.endsWith(".md5sums")) continue;
    packages.push(parseStatus(await Deno.readTextFile(`${root}/${STATUS}/${name}`)));
  }
  return {
    version: /^VERSION_ID="?([^"\n]+)/m.exec(release)?.[1] ?? "",
    packages: packages.toSorted((a, b) => a.name < b.name ? -1 : 1),
  };
}

/** The fields of a control file (deb-control(5)). */
function parseStatus(text: string): DebianPackage {
  const field = (name: string) => new RegExp(`^${name}: (.+)$`, "m").exec(text)?.[1] ?? "";
  return { name: field("Package"), version: field("Version"), architecture: field("Architecture") };
}
