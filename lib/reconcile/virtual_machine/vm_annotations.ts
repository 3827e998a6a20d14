/** The annotations of a VirtualMachine that concern its network interfaces. */

import { isJsonObject, type JsonObject, parseJson } from "../../base/json.ts";
import { joinSome } from "../../base/sentences.ts";
import { showValue } from "../../api/field_reader.ts";
import type { ObjectMeta } from "../../api/meta.ts";
import { IPV4_ADDRESS } from "../../api/text_rules.ts";
import type { VirtualMachine } from "../../api/virtual_machine/virtual_machine.ts";
import { formatIpv4Address, parseIpv4Address } from "../../net/ipv4_address.ts";
import { specialBlockOfAddress } from "../../net/special_blocks.ts";
import { compareTexts } from "../claims.ts";
import {
  MAC_ADDRESS_ANNOTATION,
  SKIP_NICS_ANNOTATION,
  STATIC_IP_ANNOTATION_PREFIX,
} from "../names.ts";
import type { VmProblem } from "./vm_problem.ts";

/** A VM with the metadata of its object. */
export interface AnnotatedVm {
  readonly metadata: ObjectMeta;
  readonly vm: VirtualMachine;
}

/** What was read, and what is wrong with it. */
export interface Read<T> {
  readonly value: T;
  readonly problems: readonly VmProblem[];
}

/** MAC addresses as written, by name of the interface; those of another type are a problem as well. */
export function annotatedMacsOf({ annotations }: ObjectMeta): Read<JsonObject> {
  const text = annotations?.[MAC_ADDRESS_ANNOTATION];
  if (text === undefined || text.trim() === "") return { value: {}, problems: [] };
  const macs = parseJson(text);
  const value = isJsonObject(macs) ? macs : {};
  const isReadable = (mac: unknown) => mac === null || typeof mac === "string";
  if (isJsonObject(macs) && Object.values(macs).every(isReadable)) return { value, problems: [] };
  const expected = "must be a JSON object of MAC addresses by network interface, such as " +
    '{"eth0":"52:54:00:12:34:56"}';
  const message = `${quoted(MAC_ADDRESS_ANNOTATION, text)}; it ${expected}`;
  return { value, problems: [{ reason: "InvalidMACAddress", message }] };
}

/** Names of the interfaces that get no address. */
export function skippedNicsOf({ metadata, vm }: AnnotatedVm): Read<ReadonlySet<string>> {
  const text = metadata.annotations?.[SKIP_NICS_ANNOTATION];
  if (text === undefined) return { value: new Set(), problems: [] };
  const list = text.trim().startsWith("[") ? parseJson(text) : text.split(",");
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  const names = items.filter((item) => typeof item === "string").map((name) => name.trim());
  const problems: VmProblem[] = [];
  const add = (fault: string) =>
    problems.push({
      reason: "InvalidSkipNICs",
      message: `${quoted(SKIP_NICS_ANNOTATION, text)}; ${fault}`,
    });
  if (!Array.isArray(list) || names.length < list.length) {
    add(
      'it must be names of network interfaces, separated by commas or as a list such as ["eth1"]',
    );
  }
  const known = new Set(vm.nics.map(({ name }) => name));
  const unknown = names.filter((name) => name !== "" && !known.has(name));
  if (unknown.length > 0) add(unknownNicSentence(vm, unknown));
  return { value: new Set(names), problems };
}

/**
 * The addresses that a VM asks for, by name of the interface.
 *
 * @param skipped Names of the interfaces that get no address.
 */
export function staticAddressesOf(
  { metadata, vm }: AnnotatedVm,
  skipped: ReadonlySet<string>,
): Read<ReadonlyMap<string, string>> {
  const value = new Map<string, string>();
  const problems: VmProblem[] = [];
  const { annotations = {} } = metadata;
  for (const key of Object.keys(annotations).toSorted(compareTexts)) {
    if (!key.startsWith(STATIC_IP_ANNOTATION_PREFIX)) continue;
    const text = annotations[key]!;
    const name = key.slice(STATIC_IP_ANNOTATION_PREFIX.length);
    const fault = faultOfAddress(text) ?? faultOfNic(vm, name, skipped);
    if (fault === undefined) value.set(name, formatIpv4Address(parseIpv4Address(text)!));
    else problems.push({ reason: "InvalidStaticIP", message: `${quoted(key, text)}; ${fault}` });
  }
  return { value, problems };
}

function faultOfAddress(text: string): string | undefined {
  const address = parseIpv4Address(text);
  if (address === undefined) return `it must be ${IPV4_ADDRESS.expected}`;
  const block = specialBlockOfAddress(address);
  return block === undefined ? undefined : `no VM can have an address of ${block}`;
}

function faultOfNic(
  vm: VirtualMachine,
  name: string,
  skipped: ReadonlySet<string>,
): string | undefined {
  const nic = vm.nics.find((nic) => nic.name === name);
  if (nic === undefined) return unknownNicSentence(vm, [name]);
  if (nic.networkName === undefined) {
    return `network interface ${name} is not on a VM network, which a multus network is`;
  }
  return skipped.has(name)
    ? `annotation ${SKIP_NICS_ANNOTATION} says that network interface ${name} gets no address`
    : undefined;
}

function unknownNicSentence({ nics }: VirtualMachine, names: readonly string[]): string {
  const own = nics.map(({ name }) => name).toSorted(compareTexts);
  const unknown = joinSome(names.map(showValue), ", ");
  return `the VM has no network interface ${unknown}; it has ${joinSome(own, ", ") || "none"}`;
}

function quoted(key: string, text: string): string {
  return `annotation ${key} is ${showValue(text)}`;
}
