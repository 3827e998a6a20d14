/** The shape of an Event object (`events.k8s.io/v1`). */

import { defined } from "../../base/json.ts";
import type { EventsV1Event } from "@kubernetes/client-node";
import { formatMicroTime } from "../../base/rfc3339.ts";
import { apiVersionOf, EVENTS } from "../../api/resources.ts";
import type { AsJson, KubeObject } from "../../api/meta.ts";
import type { EventNote } from "../contract.ts";

/** Bounds of the API server's validation of Events. */
const NOTE_BYTES_MAX = 1024;
const INSTANCE_CHARS_MAX = 128;
/** Names are DNS subdomains of at most 253 characters; the suffix takes up to 32 of them. */
const NAME_PREFIX_CHARS_MAX = 220;

/** The reporting controller. */
const REPORTING_CONTROLLER = "vm-dhcp";

/** What an Event carries besides the note. */
export interface EventOrigin {
  /** Name of the process, such as the pod's. */
  readonly reportingInstance: string;
  /** When it happened; milliseconds since the epoch. */
  readonly nowMs: number;
  /** Makes names unique; a 32-bit number. */
  readonly salt: number;
  /** When it was repeated and how often it has happened by then. */
  readonly series?: EventSeriesField | undefined;
}

/** `series` of an Event; `count` is 2 or more. */
export interface EventSeriesField {
  readonly count: number;
  readonly lastObservedTime: string;
}

/** Makes the Event object of a note. */
export function eventObjectOf(event: EventNote, origin: EventOrigin): KubeObject {
  const { apiVersion, kind, metadata } = event.regarding;
  const { namespace, uid, resourceVersion } = metadata;
  const suffix = `${origin.nowMs.toString(16)}${origin.salt.toString(16).padStart(8, "0")}`;
  return {
    apiVersion: apiVersionOf(EVENTS),
    kind: EVENTS.kind,
    metadata: {
      name: `${namePrefixOf(metadata.name)}.${suffix}`,
      // Events about objects without a namespace are expected here.
      namespace: namespace ?? "default",
    },
    eventTime: formatMicroTime(origin.nowMs),
    ...defined({ series: origin.series }),
    type: event.type,
    reason: event.reason,
    // Must not be empty; what was done is what the reason says.
    action: event.reason,
    note: truncateUtf8(event.note, NOTE_BYTES_MAX),
    regarding: {
      apiVersion,
      kind,
      name: metadata.name,
      ...defined({ namespace, uid, resourceVersion }),
    },
    reportingController: REPORTING_CONTROLLER,
    reportingInstance: origin.reportingInstance.slice(0, INSTANCE_CHARS_MAX),
  } satisfies AsJson<EventsV1Event>;
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
