/** Programs that tests and tools run, and where each comes from. */

/** Where a program comes from. */
export interface Tool {
  /** Name of the package, or several with spaces between. */
  readonly debianPackage: string;
}

/** Every program that a test or a check may need beyond the runtime. */
export const TOOLS = {
  // Its policy for images is in the other package.
  buildah: { debianPackage: "buildah golang-github-containers-common" },
  busybox: { debianPackage: "busybox-static" },
  containerd: { debianPackage: "containerd" },
  // Its container engines share a filter of system calls.
  crun: { debianPackage: "crun golang-github-containers-common" },
  curl: { debianPackage: "curl" },
  dhclient: { debianPackage: "isc-dhcp-client" },
  dhcpcd: { debianPackage: "dhcpcd-base" },
  // It looks its ports up in /etc/services.
  dhcping: { debianPackage: "dhcping netbase" },
  dhcrelay: { debianPackage: "isc-dhcp-relay" },
  dnsmasq: { debianPackage: "dnsmasq-base" },
  // Other systems do not have it.
  "dpkg-query": { debianPackage: "dpkg" },
  fish: { debianPackage: "fish" },
  gcc: { debianPackage: "gcc libc6-dev linux-libc-dev" },
  // A plugin of container networks, beside the others of its package.
  "host-local": { debianPackage: "containernetworking-plugins" },
  ip: { debianPackage: "iproute2" },
  iptables: { debianPackage: "iptables" },
  jq: { debianPackage: "jq" },
  "kea-dhcp4": { debianPackage: "kea-dhcp4-server" },
  nmap: { debianPackage: "nmap" },
  perfdhcp: { debianPackage: "kea-admin" },
  ping: { debianPackage: "iputils-ping" },
  pip3: { debianPackage: "python3-pip" },
  // Virtual machines with firmware, and what that loads from the network.
  "qemu-system-aarch64": { debianPackage: "qemu-system-arm qemu-efi-aarch64" },
  "qemu-system-x86_64": { debianPackage: "qemu-system-x86 ipxe-qemu ovmf ipxe" },
  runc: { debianPackage: "runc" },
  shellcheck: { debianPackage: "shellcheck" },
  "systemd-networkd": { debianPackage: "systemd" },
  tshark: { debianPackage: "tshark" },
  udhcpc: { debianPackage: "udhcpc" },
  zsh: { debianPackage: "zsh" },
} as const satisfies Record<string, Tool>;

/** Name of a program in {@link TOOLS}. */
export type ToolName = keyof typeof TOOLS;

/** Those that `./dev test` cannot do without. */
export const TEST_TOOLS = [
  "buildah",
  "busybox",
  "containerd",
  "crun",
  "curl",
  "dhclient",
  "dhcpcd",
  "dhcping",
  "dhcrelay",
  "dnsmasq",
  "fish",
  "gcc",
  "host-local",
  "ip",
  "iptables",
  "jq",
  "kea-dhcp4",
  "nmap",
  "perfdhcp",
  "ping",
  "qemu-system-aarch64",
  "qemu-system-x86_64",
  "runc",
  "shellcheck",
  "systemd-networkd",
  "tshark",
  "udhcpc",
  "zsh",
] as const satisfies readonly ToolName[];

/** Those that `./dev bench` cannot do without. */
export const BENCH_TOOLS = [
  "dnsmasq",
  "gcc",
  "ip",
  "kea-dhcp4",
] as const satisfies readonly ToolName[];

/** Folders of system programs that a user's PATH may lack. */
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/lib/systemd", "/usr/lib/cni"];

/** Path of a program on PATH or in a folder of system programs; undefined when there is none. */
export async function findProgram(name: string): Promise<string | undefined> {
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  for (const folder of [...folders, ...SYSTEM_FOLDERS]) {
    if (await isExecutable(`${folder}/${name}`)) return `${folder}/${name}`;
  }
  return undefined;
}

/** True for a file with an executable bit that this user may see. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    const { isFile, mode } = await Deno.stat(path);
    return isFile && ((mode ?? 0) & 0o111) !== 0;
  } catch (error) {
    const { NotFound, NotADirectory, PermissionDenied } = Deno.errors;
    if ([NotFound, NotADirectory, PermissionDenied].some((each) => error instanceof each)) {
      return false;
    }
    throw error;
  }
}

/** Runs a command quietly. @returns True when it is there and exits with 0. */
export async function succeeds(...command: readonly string[]): Promise<boolean> {
  const [program = "", ...args] = command;
  try {
    const { success } = await new Deno.Command(program, { args, stdin: "null" }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
