/** A case of the contract between clients and API servers. */

import type { Recorder } from "./recorder.ts";

/** What is done to both servers. */
export interface ContractCase {
  /** Ends the sentence "Both API servers agree on ...". */
  readonly name: string;
  readonly run: (recorder: Recorder) => Promise<void>;
}

export const GADGETS = "apis/test.example.com/v1alpha1";
export const OURS = "apis/network.harvesterhci.io/v1alpha1";
