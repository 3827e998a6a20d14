/** What users read of the reasons of Events. */

/** Whether it is good news. */
export type EventType = "Normal" | "Warning";

/** What users read of a reason. */
export interface EventMeaning {
  readonly type: EventType;
  /** Kinds of the objects that the Events are about. */
  readonly on: readonly EventSubject[];
  readonly meaning: string;
  /** What to do; empty where there is nothing to be done. */
  readonly cure: string;
}

/** Kinds of the objects that Events are about, as the documents call them. */
export type EventSubject =
  | "VirtualMachine"
  | "VirtualMachineNetworkConfig"
  | "IPPool"
  | "NetworkAttachmentDefinition"
  | "Lease";
