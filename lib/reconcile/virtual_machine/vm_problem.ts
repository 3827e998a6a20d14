/** What a VM says and what cannot be followed. */

/** One thing that its owner has to change. */
export interface VmProblem {
  /** CamelCase word, the reason of an Event and of a condition. */
  readonly reason:
    | "InvalidMACAddress"
    | "InvalidNetworkName"
    | "InvalidSkipNICs"
    | "InvalidStaticIP"
    | "NoMACAddress"
    | "TooManyNICs";
  /** Sentence that quotes what is wrong and says what is expected. */
  readonly message: string;
}
