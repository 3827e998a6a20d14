/** The conditions of a VirtualMachineNetworkConfig, with the types and sentences of the Go version. */

import { joinSome } from "../../base/sentences.ts";
import { type FieldError, keyOf, type KubeObject } from "../../api/meta.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { formatIpv4Address } from "../../net/ipv4_address.ts";
import type { WantedCondition } from "../conditions.ts";
import { VM_PROBLEMS_ANNOTATION } from "../names.ts";
import type { NicOutcome } from "./nic_outcome.ts";
import { SERVED } from "./served.ts";

/** Type of the condition that says what of its VM an object does not follow. */
export const FOLLOWS_VM = "FollowsVM";

/** The types of the conditions. */
export const VMNETCFG_CONDITIONS = [
  ...["Ready", "Allocated", SERVED, "Disabled", "InSynced", FOLLOWS_VM],
];

/** Why there is nothing to wait for. */
const NOT_PENDING = ["NoNetworkConfigs", "Paused", "InvalidSpec", "BeingDeleted"];

/** All conditions of an object that can be read, in the order in which `kubectl describe` shows them. */
export function conditionsOf(
  object: KubeObject,
  { allocated, served, isPaused }: {
    readonly allocated: WantedCondition;
    readonly served: WantedCondition | undefined;
    readonly isPaused: boolean;
  },
): readonly WantedCondition[] {
  const key = keyOf(object);
  return [
    readyOf(allocated),
    allocated,
    ...(served === undefined ? [] : [served]),
    isPaused
      ? { type: "Disabled", status: "True", reason: "Paused", message: pauseMessage(key) }
      : {
        type: "Disabled",
        status: "False",
        reason: "NotPaused",
        message: `spec.paused of vmnetcfg ${key} is not true`,
      },
    {
      type: "InSynced",
      status: "True",
      reason: "StatusMatchesSpec",
      message: "the status speaks of this specification; Allocated says whether every network " +
        "interface has its address",
    },
    ...followsVmOf(object),
  ];
}

/** The conditions of an object that others still keep, and that holds no address any more. */
export function releasedConditionsOf(
  object: KubeObject,
  isPaused: boolean,
): readonly WantedCondition[] {
  const [status, reason] = ["False", "BeingDeleted"] as const;
  const message = `vmnetcfg ${keyOf(object)} is being deleted and holds no address any more`;
  return conditionsOf(object, {
    allocated: { type: "Allocated", status, reason, message },
    served: { type: SERVED, status, reason, message },
    isPaused,
  });
}

/** The conditions of an object that cannot be read. A pause is not believed either. */
export function unreadableConditionsOf(errors: readonly FieldError[]): readonly WantedCondition[] {
  const faults = joinSome(errors.map(({ field, message }) => `${field}: ${message}`), "; ");
  const message = `${faults}; correct the specification`;
  const reason = "InvalidSpec";
  const allocated = { type: "Allocated", status: "False", reason, message } as const;
  return [
    readyOf(allocated),
    allocated,
    {
      type: SERVED,
      status: "Unknown",
      reason,
      message: "what this object holds is answered as before; see the condition Allocated",
    },
    { type: "Disabled", status: "Unknown", reason, message },
    { type: "InSynced", status: "False", reason, message },
  ];
}

/**
 * Whether every NIC that can get an address has what it wants. A NIC on a network without a pool
 * counts only when no other NIC is served.
 */
export function allocatedConditionOf(
  vmnetcfg: VirtualMachineNetworkConfig,
  outcomes: readonly NicOutcome[],
): WantedCondition {
  const type = "Allocated";
  const key = keyOf(vmnetcfg);
  if (vmnetcfg.spec.paused === true) {
    return { type, status: "False", reason: "Paused", message: pauseMessage(key) };
  }
  if (outcomes.length === 0) {
    const message = `no network configs found for vmnetcfg ${key}`;
    return { type, status: "False", reason: "NoNetworkConfigs", message };
  }
  const failures = outcomes.flatMap(({ failure }) => failure ?? []);
  const grave = failures.find(({ reason }) => reason !== "NoIPPool");
  const holders = outcomes.filter(({ address }) => address !== undefined);
  const isAllocated = grave === undefined && holders.length > 0;
  // Several NICs on one network without a pool share a sentence.
  const sentences = new Set([
    ...(isAllocated ? holders.map(describeHolder) : []),
    ...failures.map((failure) => failure.message),
  ]);
  const message = [...sentences].join("; ");
  if (isAllocated) return { type, status: "True", reason: "AddressesRecorded", message };
  return { type, status: "False", reason: (grave ?? failures[0])!.reason, message };
}

function describeHolder({ nic: { macAddress, networkName }, address, pool }: NicOutcome): string {
  return `${macAddress} on ${networkName} has ${
    formatIpv4Address(address!)
  } of ippool ${pool?.key}`;
}

/** What users of the Go version look for when an object is paused. */
function pauseMessage(key: string): string {
  return `vmnetcfg ${key} was administratively disabled (spec.paused is true), and holds no address`;
}

/**
 * The summary `Ready`, which tools look for: `Allocated`, with the state of the object in one word as its
 * reason. A pause, a specification that cannot be read and a deletion are states of their own.
 */
function readyOf(allocated: WantedCondition): WantedCondition {
  const { status, reason } = allocated;
  const pending = NOT_PENDING.includes(reason) ? reason : "Pending";
  return { ...allocated, type: "Ready", reason: status === "True" ? "Allocated" : pending };
}

/**
 * What the VM asks for and does not get, such as a fifth interface or an address that is none. The controller
 * of VMs leaves it in an annotation; without one there is no condition.
 */
function followsVmOf({ metadata }: KubeObject): readonly WantedCondition[] {
  const message = metadata.annotations?.[VM_PROBLEMS_ANNOTATION];
  if (message === undefined) return [];
  const reason = /^\w+(?=: )/.exec(message)?.[0] ?? "SeeMessage";
  return [{ type: FOLLOWS_VM, status: "False", reason, message }];
}
