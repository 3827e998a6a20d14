/** What is worth a word to the author of a change that is accepted. */

import { parseIPPool } from "../api/ippool/parse_ippool.ts";
import { IPPOOLS } from "../api/resources.ts";
import { describeMissingRoom } from "../reconcile/reply_room.ts";
import { describeBootFiles } from "./boot_warnings.ts";
import type { AdmissionRequest } from "./contract.ts";

/**
 * Warnings about an object that may be stored, for the Warning header.
 *
 * @returns Nothing for objects that cannot be read, and kinds without warnings.
 */
export function admissionWarnings({ type, object }: AdmissionRequest): readonly string[] {
  if (object === undefined || type.group !== IPPOOLS.group || type.plural !== IPPOOLS.plural) {
    return [];
  }
  const parsed = parseIPPool(object);
  if (!parsed.ok) return [];
  const settings = parsed.value.spec.ipv4Config;
  return [
    ...describeMissingRoom(settings).map((sentence) => `spec.ipv4Config: ${sentence}`),
    ...describeBootFiles(settings).map(({ field, message }) => `${field}: ${message}`),
  ];
}
