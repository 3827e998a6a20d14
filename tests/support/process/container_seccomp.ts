/**
 * The default filter of system calls of container engines, from the package that Debian's engines
 * share. containerd's default is similar: both stem from Docker's.
 */

/** Of Debian's golang-github-containers-common. */
const PROFILE = "/usr/share/containers/seccomp.json";

/** A rule in the words of the engines' file. */
interface ProfileRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly args: readonly Readonly<Record<string, number | string>>[] | null;
  readonly errnoRet?: number;
  readonly includes: Conditions;
  readonly excludes: Conditions;
}

interface Conditions {
  readonly caps?: readonly string[];
  /** Go's names of architectures. */
  readonly arches?: readonly string[];
}

/** `linux.seccomp` of an OCI configuration, for a container with these capabilities. */
export async function containerSeccomp(capabilities: readonly string[]): Promise<unknown> {
  const profile = JSON.parse(await Deno.readTextFile(PROFILE));
  const architecture = Deno.build.arch === "x86_64" ? "amd64" : "arm64";
  const holds = ({ caps = [], arches = [architecture] }: Conditions) =>
    caps.every((each) => capabilities.includes(each)) && arches.includes(architecture);
  const isExcluded = ({ caps = [], arches = [] }: Conditions) =>
    caps.some((each) => capabilities.includes(each)) || arches.includes(architecture);
  const rules = (profile.syscalls as readonly ProfileRule[])
    .filter(({ includes, excludes }) => holds(includes) && !isExcluded(excludes));
  return {
    defaultAction: profile.defaultAction,
    defaultErrnoRet: profile.defaultErrnoRet,
    architectures: [`SCMP_ARCH_${Deno.build.arch.toUpperCase()}`],
    syscalls: rules.map(({ names, action, args, errnoRet }) => ({ names, action, args, errnoRet })),
  };
}
