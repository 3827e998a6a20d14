/** Firmware that boots from the network, and machines that it runs on. */

/** The firmware of a machine, and what it needs of QEMU. */
export interface Firmware {
  /** The QEMU of its processor. */
  readonly program: "qemu-system-x86_64" | "qemu-system-aarch64";
  readonly args: readonly string[];
  /** The model of its network card. */
  readonly card: string;
}

/** Firmware with drivers of its own; `romfile=` keeps the card's iPXE out. */
const UEFI_CARD = "virtio-net-pci,romfile=,bootindex=1";

const UEFI_X64: readonly string[] = [
  ...["-machine", "q35,graphics=off", "-m", "256", "-bios", "/usr/share/ovmf/OVMF.fd"],
  // Newer firmware has no network without a source of chance.
  ...["-device", "virtio-rng-pci"],
];

const UEFI_ARM64: readonly string[] = [
  ...["-machine", "virt", "-cpu", "cortex-a57", "-m", "256"],
  ...["-bios", "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd", "-device", "virtio-rng-pci"],
];

/** By default, UEFI tries HTTP only after PXE, for which it asks for a minute. */
const WITHOUT_PXE: readonly string[] = ["IPv4PXESupport", "IPv6PXESupport"].flatMap((setting) => [
  "-fw_cfg",
  `name=opt/org.tianocore/${setting},string=n`,
]);

/** The kinds of firmware. */
export const FIRMWARE = {
  /** SeaBIOS, and the iPXE in the ROM of an Intel card; `graphics=off` has it write to the port. */
  "BIOS": {
    program: "qemu-system-x86_64",
    args: ["-machine", "pc,graphics=off", "-m", "64", "-boot", "n"],
    card: "e1000",
  },
  "UEFI PXE": { program: "qemu-system-x86_64", args: UEFI_X64, card: UEFI_CARD },
  "UEFI HTTP": {
    program: "qemu-system-x86_64",
    args: [...UEFI_X64, ...WITHOUT_PXE],
    card: UEFI_CARD,
  },
  "UEFI HTTP of ARM": {
    program: "qemu-system-aarch64",
    args: [...UEFI_ARM64, ...WITHOUT_PXE],
    card: UEFI_CARD,
  },
} as const satisfies Record<string, Firmware>;

/** Name of an entry of {@link FIRMWARE}. */
export type FirmwareName = keyof typeof FIRMWARE;

/**
 * Which accelerators QEMU tries. Some hosts have the device without a processor that can do it:
 * machines would start there and stand still.
 */
export async function accelerators(program: Firmware["program"]): Promise<readonly string[]> {
  const isOwn = program === "qemu-system-x86_64" && Deno.build.arch === "x86_64";
  if (!isOwn || !/^flags\s.*\b(?:vmx|svm)\b/m.test(await Deno.readTextFile("/proc/cpuinfo"))) {
    return ["-accel", "tcg"];
  }
  // QEMU takes the first that it may use.
  return ["-accel", "kvm", "-accel", "tcg"];
}
