/** Explains one thing of a world. */

import { formatNamespacedName } from "../api/meta.ts";
import type { Question, Subject, World } from "./contract.ts";
import { type Explanation, explanationOf } from "./explanation.ts";
import { Facts } from "./facts.ts";
import { askAll } from "./ask.ts";
import { unread } from "./findings.ts";
import { explainAddress } from "./subjects/address.ts";
import { explainMac } from "./subjects/mac.ts";
import { explainNetwork, explainPool } from "./subjects/pool.ts";
import { explainVm } from "./subjects/vm.ts";

/** Without what this asks for, nothing else can be asked. */
export const READING_QUESTIONS: readonly Question<string>[] = [
  {
    code: "OBJECTS_READ",
    holds: "IPPools and VirtualMachineNetworkConfigs of all namespaces can be read.",
    needs: [],
    ask: (why) => unread(why),
  },
];

/** Answers what was asked about. Texts of MACs and addresses have been parsed before. */
export function explain(subject: Subject, world: World): Explanation {
  const facts = Facts.of(world);
  if (!facts.ok) {
    const about = "text" in subject ? subject.text : formatNamespacedName(subject.name);
    return nothingRead(about, facts.why, world);
  }
  switch (subject.kind) {
    case "vm":
      return explainVm(subject.name, facts.value, world);
    case "pool":
      return explainPool(subject.name, facts.value, world);
    case "network":
      return explainNetwork(subject.name, facts.value, world);
    case "mac":
      return explainMac(subject.text, facts.value, world);
    case "address":
      return explainAddress(subject.text, facts.value, world);
    default:
      return subject satisfies never;
  }
}

/** Says that nothing could be decided, and why. */
export function nothingRead(about: string, why: string, world: World): Explanation {
  const checks = askAll(READING_QUESTIONS, { subject: why, about }, world);
  return explanationOf(about, checks, { wellSays: "", headOf: () => "nothing could be decided" });
}
