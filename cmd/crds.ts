/** `vm-dhcp crds` */

import type { Command } from "./cli/command.ts";
import { readCrdTexts } from "./compose/crd_files.ts";
import { parseFlags } from "./cli/flags.ts";

export const crdsCommand: Command = {
  name: "crds",
  description:
    "Prints the CustomResourceDefinitions of IPPool and VirtualMachineNetworkConfig as YAML, the\n" +
    "same ones that standalone serves.",
  synopsis: "crds",
  flags: {},
  example: "  vm-dhcp crds | kubectl apply --server-side -f -",
  async run({ args, env, print }) {
    parseFlags({}, args, env);
    print((await readCrdTexts()).map((text) => text.trimEnd()).join("\n---\n"));
  },
};
