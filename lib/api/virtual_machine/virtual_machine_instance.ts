/** VirtualMachineInstance of KubeVirt: the MAC addresses of a VM that runs. */

import type { FieldReader } from "../field_reader.ts";
import type { KubeObject, OwnerReference, Parsed } from "../meta.ts";
import { parseObject } from "../object_meta.ts";
import { VIRTUAL_MACHINE_INSTANCES } from "../resources.ts";
import { extractMetadata, extractOf, fieldOf, itemsOf } from "./extract.ts";

/** What is known of the network interfaces of a VM that runs. */
export interface VirtualMachineInstance {
  /** MAC address by name of the interface, as written. */
  readonly macs: Readonly<Record<string, string>>;
  readonly owners: readonly OwnerReference[];
}

/** The part that {@link parseVirtualMachineInstance} reads, in the same shape. */
export function extractVirtualMachineInstance(object: KubeObject): KubeObject {
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: extractMetadata(object.metadata, []),
    ...fieldOf(
      object,
      "spec",
      (spec) =>
        fieldOf(
          spec,
          "domain",
          (domain) =>
            fieldOf(domain, "devices", (devices) =>
              itemsOf(devices, "interfaces", ["name", "macAddress"])),
        ),
    ),
    ...fieldOf(object, "status", (status) => itemsOf(status, "interfaces", ["name", "mac"])),
  };
}

/**
 * Parses a VirtualMachineInstance, or what was extracted of it. What its status reports comes before what its
 * specification asks for.
 *
 * @param raw JSON of any shape.
 */
export function parseVirtualMachineInstance(raw: unknown): Parsed<VirtualMachineInstance> {
  const extract = extractOf(raw, extractVirtualMachineInstance);
  return parseObject(extract, VIRTUAL_MACHINE_INSTANCES, (root, { ownerReferences = [] }) => {
    const devices = root.optionalChild("spec")?.optionalChild("domain")?.optionalChild("devices");
    const asked = devices?.children("interfaces") ?? [];
    const reported = root.optionalChild("status")?.children("interfaces") ?? [];
    return {
      macs: Object.fromEntries([...macsOf(asked, "macAddress"), ...macsOf(reported, "mac")]),
      owners: ownerReferences,
    };
  });
}

/** Of interfaces with a name; the guest may have others, which the status lists as well. */
function macsOf(nics: readonly FieldReader[], key: string): readonly (readonly [string, string])[] {
  return nics.flatMap((nic) => {
    const [name, mac] = [nic.optionalString("name"), nic.optionalString(key)];
    return name === undefined || mac === undefined || mac === "" ? [] : [[name, mac] as const];
  });
}
