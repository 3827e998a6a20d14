/** `vm-dhcp crds` */

import type { Command } from "./cli/command.ts";
import { CRD_TEXTS } from "./compose/crd_files.ts";
import { parseFlags } from "./cli/flags.ts";

export const crdsCommand: Command = {
  name: "crds",
  description:
    "Prints the CustomResourceDefinitions of IPPool and VirtualMachineNetworkConfig as YAML. The\n" +
    "command standalone serves the same ones.",
  synopsis: "crds",
  flags: {},
  example: "  vm-dhcp crds | kubectl apply --server-side --force-conflicts -f -",
  permissions: [],
  run({ args, env, print }) {
    parseFlags({}, args, env);
    // Each begins with the line that divides documents, as helm show crds needs it.
    print(CRD_TEXTS.map((text) => text.trimEnd()).join("\n"));
  },
};
