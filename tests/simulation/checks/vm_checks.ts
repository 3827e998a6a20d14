/** What the objects of VMs must be: as the VMs say, for as long as they are there. */

import { parseVirtualMachine } from "../../../lib/api/virtual_machine/virtual_machine.ts";
import { isJsonObject, parseJson } from "../../../lib/base/json.ts";
import { keyOf, type KubeObject } from "../../../lib/api/meta.ts";
import { networkNameOf } from "../../../lib/api/network_name.ts";
import { VIRTUAL_MACHINE_NETWORK_CONFIGS, VIRTUAL_MACHINES } from "../../../lib/api/resources.ts";
import { formatMacAddress, parseMacAddress } from "../../../lib/net/mac_address.ts";
import { MAC_ADDRESS_ANNOTATION, SKIP_NICS_ANNOTATION } from "../../../lib/reconcile/names.ts";
import type { Commit, ModelApi } from "../api/model_api.ts";
import { configFacts } from "./facts.ts";

/** A network interface of a VM that is to get an address: network and MAC, as one text. */
interface VmFacts {
  /** Whether every interface is known with its MAC address. */
  readonly isWhole: boolean;
  readonly nics: readonly string[];
  /** The networks of interfaces whose MAC address is not known. */
  readonly unknownOn: readonly string[];
}

/** What is wrong with the objects of VMs once nothing is left to do. */
export function vmProblemsAtRest(api: ModelApi): readonly string[] {
  const vms = api.list(VIRTUAL_MACHINES);
  const uids = new Set(vms.map(({ metadata }) => metadata.uid));
  const orphans = api.list(VIRTUAL_MACHINE_NETWORK_CONFIGS).filter((config) =>
    config.metadata.deletionTimestamp === undefined && ownerOf(config) !== undefined &&
    !uids.has(ownerOf(config)!)
  );
  return [
    ...orphans.map((config) =>
      `${keyOf(config)} is there, and the VM that it was made for is gone`
    ),
    ...vms.flatMap((vm) => problemsOf(vm, api)),
  ];
}

function problemsOf(vm: KubeObject, api: ModelApi): readonly string[] {
  const facts = factsOf(vm);
  if (facts === undefined || vm.metadata.deletionTimestamp !== undefined) return [];
  const config = api.find(VIRTUAL_MACHINE_NETWORK_CONFIGS, keyOf(vm));
  if (config === undefined) {
    return facts.nics.length === 0 ? [] : [`VM ${keyOf(vm)} has no VirtualMachineNetworkConfig`];
  }
  // One that a person made, or one that somebody else keeps, is in the way.
  if (config.metadata.deletionTimestamp !== undefined || ownerOf(config) === undefined) return [];
  if (ownerOf(config) !== vm.metadata.uid) {
    return [`${keyOf(config)} belongs to an earlier VM of its name`];
  }
  if (!facts.isWhole) return [];
  const { isReadable, nics } = configFacts(config);
  const listed = new Set(nics.map(({ network, mac }) => `${network} ${mac}`));
  const wanted = new Set(facts.nics);
  return !isReadable || (wanted.size === listed.size && wanted.isSubsetOf(listed))
    ? []
    : [`${keyOf(config)} lists ${[...listed]}, and its VM has ${[...wanted]}`];
}

/** No controller removes the object of a VM that is there. */
export function checkVmConfigKept(
  { before, after, sent }: Commit,
  api: ModelApi,
  fail: (problem: string) => void,
): void {
  if (sent === undefined || before?.metadata.deletionTimestamp !== undefined) return;
  const isRemoved = after === undefined || after.metadata.deletionTimestamp !== undefined;
  if (before === undefined || !isRemoved) return;
  const vm = api.find(VIRTUAL_MACHINES, keyOf(before));
  if (vm === undefined || vm.metadata.deletionTimestamp !== undefined) return;
  const seen = sent.seen.get(VIRTUAL_MACHINES.plural) ?? 0;
  const isKnown = Number(vm.metadata.resourceVersion) <= seen;
  const facts = factsOf(vm);
  if (!isKnown || ownerOf(before) !== vm.metadata.uid) return;
  // What the status alone names, of an object that cannot be read, a user has taken off its list.
  const { status: _, ...listing } = before;
  const { nics } = configFacts(listing);
  const isStillThere = facts === undefined
    ? nics.length > 0
    : nics.some(({ network, mac }) =>
      facts.nics.includes(`${network} ${mac}`) || facts.unknownOn.includes(network)
    );
  if (!isStillThere) return;
  fail(`${keyOf(before)} is removed, and its VM is there`);
}

function ownerOf({ metadata }: KubeObject): string | undefined {
  return metadata.ownerReferences?.find(({ kind }) => kind === VIRTUAL_MACHINES.kind)?.uid;
}

/** `undefined` for a VM that cannot be read. */
function factsOf(vm: KubeObject): VmFacts | undefined {
  const parsed = parseVirtualMachine(vm);
  if (!parsed.ok) return undefined;
  const { annotations = {}, namespace = "" } = vm.metadata;
  const annotated = parseJson(annotations[MAC_ADDRESS_ANNOTATION] ?? "");
  const macs = isJsonObject(annotated) ? annotated : {};
  const skipped = (annotations[SKIP_NICS_ANNOTATION] ?? "").split(",");
  const nics = parsed.value.nics.filter(({ name, networkName }) =>
    networkName !== undefined && !skipped.includes(name)
  ).map(({ name, networkName, macAddress }) => {
    const mac = parseMacAddress(String(macAddress ?? macs[name] ?? ""));
    return { network: networkNameOf(networkName!, namespace), mac };
  });
  const unknown = nics.filter(({ mac }) => mac === undefined);
  return {
    isWhole: unknown.length === 0,
    nics: nics.flatMap(({ network, mac }) =>
      mac === undefined ? [] : [`${network} ${formatMacAddress(mac)}`]
    ),
    // An item of the list may be that of an interface which is taken out of the service.
    unknownOn: skipped.some((name) => name !== "") ? [] : unknown.map(({ network }) => network),
  };
}
