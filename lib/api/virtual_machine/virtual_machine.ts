/** VirtualMachine of KubeVirt: its network interfaces, as far as addresses depend on them. */

import { defined } from "../../base/json.ts";
import type { FieldReader } from "../field_reader.ts";
import type { KubeObject, Parsed } from "../meta.ts";
import { parseObject } from "../object_meta.ts";
import { VIRTUAL_MACHINES } from "../resources.ts";
import { extractMetadata, extractOf, fieldOf, itemsOf } from "./extract.ts";

/** A network interface of a VM, by the name that KubeVirt knows it by. */
export interface VirtualMachineNic {
  readonly name: string;
  /** As written in the VM; absent for an interface that is not on a network of Multus. */
  readonly networkName?: string;
  /** As written in the VM. */
  readonly macAddress?: string;
}

/** What a VirtualMachine says about its network interfaces. */
export interface VirtualMachine {
  readonly nics: readonly VirtualMachineNic[];
}

/** Beginnings of the annotations that are kept. */
const ANNOTATIONS = [
  ...["harvesterhci.io/mac-address", "static-ip.harvesterhci.io/"],
  "network.harvesterhci.io/",
];

/**
 * The part of a VirtualMachine that {@link parseVirtualMachine} reads, in the same shape. A whole one has
 * tens of kilobytes, and a cluster may have 100,000 of them. Values of the wrong type stay as they are, so
 * that the parser says what is wrong.
 */
export function extractVirtualMachine(object: KubeObject): KubeObject {
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: extractMetadata(object.metadata, ANNOTATIONS),
    ...fieldOf(
      object,
      "spec",
      (spec) =>
        fieldOf(spec, "template", (template) =>
          fieldOf(template, "spec", (instance) => ({
            ...fieldOf(instance, "domain", (domain) =>
              fieldOf(
                domain,
                "devices",
                (devices) => itemsOf(devices, "interfaces", ["name", "macAddress"]),
              )),
            ...itemsOf(instance, "networks", ["name", "multus"]),
          }))),
    ),
  };
}

/**
 * Parses a VirtualMachine, or what was extracted of it.
 *
 * @param raw JSON of any shape.
 */
export function parseVirtualMachine(raw: unknown): Parsed<VirtualMachine> {
  return parseObject(extractOf(raw, extractVirtualMachine), VIRTUAL_MACHINES, (root) => {
    const instance = root.child("spec").child("template").child("spec");
    const devices = instance.optionalChild("domain")?.optionalChild("devices");
    const networks = new Map(instance.children("networks").map(readNetwork));
    const interfaces = devices?.children("interfaces") ?? [];
    // KubeVirt admits each name once.
    const nics = new Map(interfaces.map((nic) => [nic.string("name"), readNic(nic, networks)]));
    return { nics: [...nics.values()] };
  });
}

function readNetwork(network: FieldReader): readonly [string, string | undefined] {
  return [network.string("name"), network.optionalChild("multus")?.string("networkName")];
}

function readNic(
  nic: FieldReader,
  networks: ReadonlyMap<string, string | undefined>,
): VirtualMachineNic {
  const name = nic.string("name");
  return {
    name,
    ...defined({
      networkName: networks.get(name),
      macAddress: nic.optionalString("macAddress"),
    }),
  };
}
