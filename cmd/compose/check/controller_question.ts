/** Whether a controller is ready. */

import { ANSWER_MS_MAX, type Question } from "./question.ts";
import { reasonOfFetch } from "../../../lib/kube/client/transport/transport_error.ts";

/** @param address `HOST:PORT` of its HTTP endpoints. */
export function controllerQuestion(address: string): Question {
  return {
    ask: () => askController(address),
    good: `the controller at ${address} is ready`,
  };
}

async function askController(address: string): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const response = await fetch(`http://${address}/readyz`, { signal, redirect: "error" });
    const text = await response.text();
    return response.ok ? undefined : `the controller at ${address} is not ready: ${text.trim()}`;
  } catch (error) {
    return `the controller at ${address} does not answer: ${reasonOfFetch(error)}`;
  }
}
