/** Boot entries as text: which one is for a client, and why not the others. */

import { type BootClient, bootClientOf } from "../boot/boot_client.ts";
import { bootFileFor, bootMismatchOf, clientsOf } from "../boot/boot_match.ts";
import type { BootParameters } from "../pool.ts";
import type { DhcpMessage } from "../wire/message.ts";

/**
 * Describes what a client says of itself, and each entry for each architecture that it counts as.
 *
 * @example
 * ```ts
 * import { match } from "node:assert/strict";
 * import { messageOf } from "../../../tests/support/dhcp/dhcp_requests.ts";
 * match(describeBoot(messageOf({}), { files: [{ file: "a" }] }), /files\[0\] a: notABootClient/);
 * ```
 */
export function describeBoot(message: DhcpMessage, { files }: BootParameters): string {
  const client = bootClientOf(message.options);
  const chosen = bootFileFor(client, files);
  return [
    ...describeClient(client),
    ...clientsOf(client, files).flatMap((known) => [
      ...(client.architectures.length < 2 ? [] : [`as architecture ${known.architectures}`]),
      ...files.map((entry, i) => {
        const verdict = bootMismatchOf(known, entry) ?? (entry === chosen ? "CHOSEN" : "matches");
        return `files[${i}] ${entry.file}: ${verdict}`;
      }),
    ]),
    chosen === undefined ? "no file is for this client" : `told to load ${chosen.file}`,
  ].join("\n");
}

/** The text with escapes for all but printable ASCII: a client can send any octets. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[^ -~]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

function describeClient(client: BootClient): string[] {
  const { protocol = "none", vendorClass, userClasses, isIpxe, ipxeFeatures } = client;
  return [
    `protocol ${protocol}, vendor class ${quoted(vendorClass)}, ` +
    `architectures ${client.architectures.join(", ") || "none"}`,
    `user classes ${userClasses.map(quoted).join(", ") || "none"}, ` +
    `iPXE ${isIpxe ? "yes" : "no"}, features ${[...ipxeFeatures].join(", ") || "none"}`,
  ];
}
