/** Base images for a build without a registry, made of the packages that this Debian has installed. */

import { HERE, runIn } from "../network/network_namespace.ts";
import { requireProgram } from "../nodes/image_archive.ts";

/** Names of the base images in the storage of buildah. */
export const BASES = { runtime: "localhost/runtime-base", build: "localhost/build-base" } as const;

/** What the runtime image of the Containerfile has of Debian, and the executable needs. */
const RUNTIME_PACKAGES = ["libc6", "libgcc-s1"];

/** What distroless images have beside their packages. */
const RUNTIME_FILES: Readonly<Record<string, string>> = {
  "etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\n" +
    "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
  "etc/group": "root:x:0:\nnonroot:x:65532:\n",
  "etc/nsswitch.conf": "hosts: files dns\n",
};

/** Which Debian it is. */
const RELEASE = "usr/lib/os-release";

const RUNTIME = `FROM scratch
ADD packages.tar /
COPY files/ /
USER 65532
`;

/** The same packages make the same images. */
const SAME = ["--quiet", "--pull=never", "--timestamp", "0", "--identity-label=false"];

/** A shell and the programs that scripts use, which Debian's package has without their names. */
const SHELL = "busybox";

/**
 * Makes both base images.
 *
 * @param folder For what they are made of.
 * @param run Runs buildah where its storage is.
 */
export async function makeBaseImages(
  folder: string,
  run: (...command: readonly string[]) => Promise<string>,
): Promise<void> {
  await writeRuntime(`${folder}/runtime`);
  await writeBuild(`${folder}/build`);
  for (const [place, name] of Object.entries(BASES)) {
    await run("buildah", "build", ...SAME, "--tag", name, `${folder}/${place}`);
  }
}

async function writeRuntime(folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/files/var/lib/dpkg/status.d`, { recursive: true });
  await Deno.mkdir(`${folder}/files/etc`);
  await Deno.mkdir(`${folder}/files/tmp`);
  await Deno.chmod(`${folder}/files/tmp`, 0o1777);
  for (const [path, text] of Object.entries(RUNTIME_FILES)) {
    await Deno.writeTextFile(`${folder}/files/${path}`, text);
  }
  const files = [];
  for (const name of RUNTIME_PACKAGES) {
    files.push(...await filesOf(name));
    const status = await runIn(HERE, "dpkg-query", "--status", name);
    await Deno.writeTextFile(`${folder}/files/var/lib/dpkg/status.d/${name}`, status);
  }
  await Deno.writeTextFile(`${folder}/list`, [...files, RELEASE].join("\n"));
  await runIn(HERE, "tar", "-C", "/", "-cf", `${folder}/packages.tar`, "-T", `${folder}/list`);
  await Deno.writeTextFile(`${folder}/Containerfile`, RUNTIME);
}

/** Files of a package, relative to the root. Folders are left out: they may be links on this host. */
async function filesOf(name: string): Promise<readonly string[]> {
  const paths = (await runIn(HERE, "dpkg-query", "--listfiles", name)).split("\n");
  const files = paths.filter((path) => path !== "" && !path.startsWith("/usr/share/"));
  return files.filter((path) => !Deno.statSync(path).isDirectory).map((path) => path.slice(1));
}

async function writeBuild(folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/files/bin`, { recursive: true });
  const shell = await requireProgram(SHELL);
  await Deno.copyFile(shell, `${folder}/files/bin/${SHELL}`);
  for (const name of (await runIn(HERE, shell, "--list")).trim().split("\n")) {
    if (name !== SHELL) await Deno.symlink(SHELL, `${folder}/files/bin/${name}`);
  }
  const variables = Object.entries(compilerOfBuild().env).map(([name, value]) =>
    ` ${name}=${value}`
  );
  const lines = [`FROM ${BASES.runtime}`, "USER 0", "COPY files/ /", `ENV${variables.join("")}`];
  await Deno.writeTextFile(`${folder}/Containerfile`, lines.join("\n"));
}

/** The Deno of this test, and the pair that compiles where this test was told one. */
export function compilerOfBuild(): {
  /** Paths on this host by those in a build. They are large, so no image has them. */
  readonly programs: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
} {
  const [deno, runtime] = [Deno.env.get("DENO"), Deno.env.get("DENORT_BIN")];
  const stack = Deno.env.get("RUST_MIN_STACK");
  const isPair = deno !== undefined && runtime !== undefined;
  return {
    programs: {
      "/usr/bin/deno": Deno.execPath(),
      ...(isPair ? { "/opt/deno": deno, "/opt/denort": runtime } : {}),
    },
    env: {
      PATH: "/usr/bin:/bin",
      ...(isPair ? { DENO: "/opt/deno", DENORT_BIN: "/opt/denort" } : {}),
      // Such a Deno may need a larger stack when it compiles.
      ...(stack === undefined ? {} : { RUST_MIN_STACK: stack }),
    },
  };
}
