/** Names for numbers that boot clients send, as boot entries of a pool may use them. */

/** Architectures of option 93 (RFC 4578 section 2.1 and the registry of IANA). */
const ARCHITECTURES: Readonly<Record<string, readonly number[]>> = {
  "bios": [0],
  "bios-http": [20],
  "uefi-x86": [6],
  "uefi-x86-http": [15],
  // RFC 4578 and its erratum gave x64 both numbers, and firmware of both is in use.
  "uefi-x64": [7, 9],
  "uefi-x64-http": [16],
  "uefi-arm32": [10],
  "uefi-arm32-http": [18],
  "uefi-arm64": [11],
  "uefi-arm64-http": [19],
  "uefi-riscv64": [27],
  "uefi-riscv64-http": [28],
  "uefi-loongarch64": [39],
  "uefi-loongarch64-http": [40],
  "uboot-arm32": [21],
  "uboot-arm64": [22],
};

/** Codes inside option 175 that say what iPXE was built with. */
const IPXE_FEATURES: Readonly<Record<string, number>> = {
  pxeext: 16,
  iscsi: 17,
  aoe: 18,
  http: 19,
  https: 20,
  tftp: 21,
  ftp: 22,
  dns: 23,
  bzimage: 24,
  multiboot: 25,
  slam: 26,
  srp: 27,
  nbi: 32,
  pxe: 33,
  elf: 34,
  comboot: 35,
  efi: 36,
  fcoe: 37,
  vlan: 38,
  menu: 39,
  sdi: 40,
  nfs: 41,
};

export const ARCHITECTURE_NAMES: readonly string[] = Object.keys(ARCHITECTURES);
export const IPXE_FEATURE_NAMES: readonly string[] = Object.keys(IPXE_FEATURES);

/** The numbers of an architecture by its name; `undefined` for other texts. */
export function architecturesNamed(name: string): readonly number[] | undefined {
  return Object.hasOwn(ARCHITECTURES, name) ? ARCHITECTURES[name] : undefined;
}

/** The code of a feature by its name; `undefined` for other texts. */
export function ipxeFeatureNamed(name: string): number | undefined {
  return Object.hasOwn(IPXE_FEATURES, name) ? IPXE_FEATURES[name] : undefined;
}
