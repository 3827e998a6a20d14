/** What the name of a boot file tells about those that can run it. */

/** Architectures of option 93 that run BIOS programs: by TFTP and by HTTP. */
const BIOS_ARCHITECTURES: readonly number[] = [0, 20];

/** iPXE, PXELINUX, GRUB (core.0), Windows (pxeboot.n12, wdsnbp.com). */
const BIOS_PROGRAM = /\.(k*pxe|0|n12|com|lkrn)$/i;
const UEFI_PROGRAM = /\.efi(\.signed)?$/i;
const IPXE_PROGRAM = /^(ipxe|undionly|snponly|snp)\b.*\.(efi|k*pxe|lkrn)$/i;

/**
 * Whether an HTTP client can load the file.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(isHttpUrl("HTTPS://192.0.2.80/a.efi"), true);
 * equal(isHttpUrl("tftp://192.0.2.80/a.efi"), false);
 * ```
 */
export function isHttpUrl(file: string): boolean {
  return /^https?:\/\//i.test(file);
}

/**
 * Whether a client of one of these architectures can run the file, as far as its name tells: a BIOS
 * program is nothing for others, and a UEFI program nothing for a BIOS.
 *
 * @param architectures Of the client; empty when it says nothing, and then any file will do.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(mayRun("undionly.kpxe", [11]), false);
 * equal(mayRun("http://192.0.2.80/boot.ipxe", [11]), true);
 * ```
 */
export function mayRun(file: string, architectures: readonly number[]): boolean {
  if (architectures.length === 0) return true;
  const name = baseNameOf(file);
  const isBios = (architecture: number) => BIOS_ARCHITECTURES.includes(architecture);
  if (BIOS_PROGRAM.test(name)) return architectures.some(isBios);
  return !UEFI_PROGRAM.test(name) || !architectures.every(isBios);
}

/**
 * Whether the file is iPXE itself, by its usual names.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(isIpxeProgram("boot/ipxe-arm64.efi"), true);
 * equal(isIpxeProgram("boot.ipxe"), false);
 * ```
 */
export function isIpxeProgram(file: string): boolean {
  return IPXE_PROGRAM.test(baseNameOf(file));
}

/** The last step of the path, without what follows `?` or `#` in a URL. */
function baseNameOf(file: string): string {
  const path = file.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "").replace(/[?#].*$/, "");
  return path.slice(path.lastIndexOf("/") + 1);
}
