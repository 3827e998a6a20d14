/** Counts what reached a server that gave no answer. */

import type { Fault } from "../../support/apiserver/api_faults.ts";

/** A fault and how many requests met it. */
export interface CountedFault {
  readonly fault: Fault;
  readonly times: number;
}

/** The same fault, counted. */
export function withoutAnswer(fault: Fault): CountedFault {
  let times = 0;
  return {
    fault: {
      name: fault.name,
      apply: (...args) => {
        times++;
        return fault.apply(...args);
      },
    },
    get times() {
      return times;
    },
  };
}
