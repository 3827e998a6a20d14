/** Flags of `vm-dhcp standalone`. */

import { httpFlags, packetDebugFlag } from "../cli/common_flags.ts";
import { parseNicMapping, parseText } from "../cli/flag_values.ts";
import type { FlagTable, FlagValues } from "../cli/flags.ts";

export const STANDALONE_FLAGS = {
  "data-dir": {
    kind: "value",
    placeholder: "DIR",
    help: "Folder for the database, the credentials and the kubeconfig; made if it is missing.",
    required: true,
    parse: parseText,
  },
  nic: {
    kind: "list",
    placeholder: "[NAMESPACE/NAME=]IFACE",
    help: "Answer DHCP on this host interface, a bridge as a rule, for the VM network " +
      "NAMESPACE/NAME, which is created; default/IFACE without a name.",
    required: true,
    parse: parseNicMapping,
  },
  manifests: {
    kind: "list",
    placeholder: "PATH",
    help: "Apply the YAML documents of this file, or of the files in this folder, at start and " +
      "again on SIGHUP. Nothing is applied while one of them is wrong.",
    parse: parseText,
  },
  ...httpFlags("127.0.0.1:8080", ["/ipams", "/caches", "/leases"]),
  debug: packetDebugFlag(),
} as const satisfies FlagTable;

export type StandaloneOptions = FlagValues<typeof STANDALONE_FLAGS>;
