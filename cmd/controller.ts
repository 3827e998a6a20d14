/** `vm-dhcp controller` */

import { createKubeClient, formatUserAgent } from "../lib/kube/rest_client.ts";
import { createController } from "../lib/server/controller.ts";
import { VERSION } from "./build.ts";
import { loadAccess } from "./cluster.ts";
import type { Command } from "./command.ts";
import { CLUSTER_FLAGS, debugFlag, httpFlags, logLevelOf, nameFlag } from "./common_flags.ts";
import { createInformers, createRecorder, runInformers, unsyncedOf } from "./controller_parts.ts";
import { ipamOf, macCacheOf } from "./dumps.ts";
import { type FlagTable, parseFlags } from "./flags.ts";
import { createProcessParts, serveEndpoints } from "./process_parts.ts";

const FLAGS = {
  ...CLUSTER_FLAGS,
  name: nameFlag("VM_DHCP_CONTROLLER_NAME"),
  ...httpFlags(":8080", ["/ipams", "/caches"]),
  debug: debugFlag("VM_DHCP_CONTROLLER"),
} as const satisfies FlagTable;

export const controllerCommand: Command = {
  name: "controller",
  description:
    "Gives an address of an IPPool to each NIC of a VirtualMachineNetworkConfig and records it in\n" +
    "the pool's status, which is the only record there is. The CustomResourceDefinitions have to be\n" +
    "there (vm-dhcp crds). Run one controller a cluster: this version elects no leader. Agents are\n" +
    "run apart (vm-dhcp agent).",
  synopsis: "controller [flags]",
  flags: FLAGS,
  example: "  vm-dhcp controller --kubeconfig ~/.kube/config",
  async run({ args, env, signal }) {
    const options = parseFlags(FLAGS, args, env);
    const parts = createProcessParts(logLevelOf(options), options.name);
    const client = createKubeClient(await loadAccess(options, env), {
      ...parts,
      userAgent: formatUserAgent(VERSION, "controller"),
    });
    const informers = createInformers(client, parts);
    const recorder = createRecorder(client, parts);
    const agents = { observe: () => undefined };
    const controller = createController({ ...parts, client, informers, recorder, agents });
    const http = serveEndpoints(options, parts, {
      unready: () => unsyncedOf(informers),
      ipam: (network) => ipamOf(informers.ippools, network),
      cache: (network) => macCacheOf(informers.ippools, network),
    });
    parts.log.log("info", "controller started");
    await Promise.all([controller.run(signal), runInformers(informers, signal)]);
    await recorder.close();
    await http.close();
    client.close();
  },
};
