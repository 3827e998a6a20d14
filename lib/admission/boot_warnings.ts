/** Boot entries of a pool that no client gets, that none can run, or that a client gets for ever. */

import type { Ipv4Settings } from "../api/ippool/ipv4_config.ts";
import type { FieldError } from "../api/meta.ts";
import { isHttpUrl, isIpxeProgram, mayRun } from "../dhcpv4/boot/boot_file_name.ts";
import { namesItsClients } from "../dhcpv4/boot/boot_match.ts";
import type { BootFile } from "../dhcpv4/pool.ts";

/** The first number of option 93. */
const BIOS = 0;

/** Of firmware that loads by HTTP (registry of IANA). */
const HTTP_ARCHITECTURES: readonly number[] = [15, 16, 17, 18, 19, 20, 23, 24, 26, 28, 38, 40];

/** What option 60 of iPXE begins with, and that of firmware that loads by HTTP. */
const IPXE_VENDOR_CLASS = "pxeclient";
const HTTP_VENDOR_CLASS = "httpclient";

/** Says what is worth a look in `boot.files`. */
export function describeBootFiles(
  { clientOptions: { boot } }: Ipv4Settings,
): readonly FieldError[] {
  const files = boot?.files ?? [];
  return files.flatMap((entry, i) => {
    const field = `spec.ipv4Config.boot.files[${i}]`;
    const before = files.slice(0, i);
    const covering = before.findIndex((other) => covers(other, entry));
    if (covering >= 0) {
      const why = `files[${covering}] is for all of its clients, and the first one counts`;
      return [{ field, message: `${entry.file} goes to nobody: ${why}` }];
    }
    const unfit = misfitOf(entry);
    if (unfit !== undefined) return [{ field, message: `${entry.file} ${unfit}` }];
    if (!isForIpxe(entry) || before.some(isOnlyForIpxe)) return [];
    const message = `${entry.file} is iPXE, which asks again when it runs and gets itself ` +
      "again, unless a script is built in: put an entry with ipxe: true before this one";
    return [{ field, message }];
  });
}

/** Why clients of the entry can do nothing with its file, as far as its name tells. */
function misfitOf({ file, vendorClass = "", architectures = [] }: BootFile): string | undefined {
  const isForHttp = vendorClass.toLowerCase().startsWith(HTTP_VENDOR_CLASS) ||
    architectures.length > 0 && architectures.every((one) => HTTP_ARCHITECTURES.includes(one));
  if (isForHttp && !isHttpUrl(file)) {
    return "goes to no HTTP client: it does not begin with http:// or https://";
  }
  const others = architectures.filter((one) => !mayRun(file, [one]));
  if (others.length === 0) return undefined;
  const kind = mayRun(file, [BIOS]) ? "BIOS" : "UEFI";
  return `is a ${kind} program by its name, which clients of architecture ${others.join(", ")} ` +
    "cannot run";
}

/** Whether iPXE gets iPXE. */
function isForIpxe(entry: BootFile): boolean {
  const { file, ipxe, userClass, vendorClass = IPXE_VENDOR_CLASS, architectures = [0] } = entry;
  // An iPXE that came by HTTP asks with the architecture of PXE.
  if (architectures.every((number) => HTTP_ARCHITECTURES.includes(number))) return false;
  return isIpxeProgram(file) && ipxe !== false && userClass === undefined &&
    !isOnlyForIpxe(entry) && vendorClass.toLowerCase().startsWith(IPXE_VENDOR_CLASS);
}

/** iPXE says what it is by option 77, by option 175, or by both. */
function isOnlyForIpxe({ ipxe, ipxeFeatures, userClass }: BootFile): boolean {
  return ipxe === true || ipxeFeatures !== undefined || /^[ig]pxe$/i.test(userClass ?? "");
}

/** Whether every client of the later entry is one of the earlier entry. */
function covers(earlier: BootFile, later: BootFile): boolean {
  const { userClass, ipxe, vendorClass, architectures, file } = earlier;
  const { ipxeFeatures = [], requestedOptions = [] } = earlier;
  if (userClass !== undefined && later.userClass?.toLowerCase() !== userClass.toLowerCase()) {
    return false;
  }
  if (ipxe !== undefined && ipxe !== (isOnlyForIpxe(later) ? true : later.ipxe)) return false;
  if (!ipxeFeatures.every((code) => later.ipxeFeatures?.includes(code))) return false;
  const laterClass = later.vendorClass?.toLowerCase() ?? "";
  if (!laterClass.startsWith(vendorClass?.toLowerCase() ?? "")) return false;
  if (!requestedOptions.every((code) => later.requestedOptions?.includes(code))) return false;
  if (architectures !== undefined) {
    const isCovered = later.architectures?.every((number) => architectures.includes(number));
    if (isCovered !== true) return false;
  } else if (!mayRunOnAll(file, later)) return false;
  if (!namesItsClients(earlier) && !isOnlyForFirmware(later)) return false;
  return isHttpUrl(file) || !isHttpUrl(later.file) || isOnlyForIpxe(later);
}

/** Whether the name of the file keeps it from no client of the entry. */
function mayRunOnAll(file: string, { architectures, file: own }: BootFile): boolean {
  if (architectures !== undefined) {
    return architectures.every((architecture) => mayRun(file, [architecture]));
  }
  // Any two architectures, of which one is a BIOS.
  return [0, 7].every((architecture) =>
    mayRun(file, [architecture]) || !mayRun(own, [architecture])
  );
}

/** Whether the clients of the entry are PXE or HTTP clients. */
function isOnlyForFirmware(entry: BootFile): boolean {
  const { vendorClass, architectures } = entry;
  return !namesItsClients(entry) || isOnlyForIpxe(entry) || architectures !== undefined ||
    /^(pxe|http)client/i.test(vendorClass ?? "");
}
