/**
 * The shape of an Event object. It is that of the core group: events.k8s.io refuses the times by which
 * `kubectl get events --sort-by=.lastTimestamp` sorts, and serves what is written here all the same.
 */

import { defined } from "../../base/json.ts";
import type { CoreV1Event } from "@kubernetes/client-node";
import { formatInstant } from "../../base/rfc3339.ts";
import { apiVersionOf, CORE_EVENTS } from "../../api/resources.ts";
import type { AsJson, KubeObject } from "../../api/meta.ts";
import type { EventNote } from "../contract.ts";

/** Bounds of the API server's validation of Events. */
const NOTE_BYTES_MAX = 1024;
const INSTANCE_CHARS_MAX = 128;
/** Names are DNS subdomains of at most 253 characters; the suffix takes up to 32 of them. */
const NAME_PREFIX_CHARS_MAX = 220;

const REPORTING_COMPONENT = "vm-dhcp";

/** What an Event carries besides the note. */
export interface EventOrigin {
  /** Name of the process, such as the pod's. */
  readonly reportingInstance: string;
  /** When it happened first; milliseconds since the epoch. */
  readonly nowMs: number;
  /** Makes names unique; a 32-bit number. */
  readonly salt: number;
  readonly repetitions: EventRepetitions;
}

/** Fields of an Event that its repetitions change. `kubectl get events` can sort by each of them. */
export interface EventRepetitions {
  /** How often it has happened. */
  readonly count: number;
  readonly lastTimestamp: string;
}

/** Makes the Event object of a note. */
export function eventObjectOf(event: EventNote, origin: EventOrigin): KubeObject {
  const { apiVersion, kind, metadata } = event.regarding;
  const { namespace, uid, resourceVersion } = metadata;
  const suffix = `${origin.nowMs.toString(16)}${origin.salt.toString(16).padStart(8, "0")}`;
  return {
    apiVersion: apiVersionOf(CORE_EVENTS),
    kind: CORE_EVENTS.kind,
    metadata: {
      name: `${namePrefixOf(metadata.name)}.${suffix}`,
      // Events about objects without a namespace are expected here.
      namespace: namespace ?? "default",
    },
    firstTimestamp: formatInstant(origin.nowMs),
    ...origin.repetitions,
    type: event.type,
    reason: event.reason,
    message: truncateUtf8(event.note, NOTE_BYTES_MAX),
    involvedObject: {
      apiVersion,
      kind,
      name: metadata.name,
      ...defined({ namespace, uid, resourceVersion }),
    },
    source: { component: REPORTING_COMPONENT },
    reportingComponent: REPORTING_COMPONENT,
    reportingInstance: origin.reportingInstance.slice(0, INSTANCE_CHARS_MAX),
  } satisfies AsJson<CoreV1Event>;
}

/**
 * What an Event's name begins with. Names of objects are DNS subdomains as well (RFC 1123), but a cut
 * may leave one that ends with a dash or a dot, and another API server may have let anything pass.
 */
function namePrefixOf(name: string): string {
  const labels = name.slice(0, NAME_PREFIX_CHARS_MAX).toLowerCase().split(/[^-a-z0-9]/)
    .map((label) => label.replace(/^-+/, "").replace(/(?<!-)-+$/, ""))
    .filter((label) => label !== "");
  return labels.join(".") || "object";
}

/** Cuts a text to a number of UTF-8 octets, never within a character. */
function truncateUtf8(text: string, bytesMax: number): string {
  const buffer = new Uint8Array(bytesMax);
  return text.slice(0, new TextEncoder().encodeInto(text, buffer).read);
}
