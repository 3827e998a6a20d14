/**
 * Fields that cannot change, with the messages of the CEL rules in `crds/` (which are those of the
 * Go version). `requiredOnceSet` speaks when the field is taken away.
 */
export interface ImmutableField {
  /** With dots, as in messages. */
  readonly path: string;
  /** Message when the value differs; absent where other rules watch the parts of the value. */
  readonly immutable?: string;
  readonly requiredOnceSet?: string;
}

const CONFIG = "spec.ipv4Config";
const POOL = `${CONFIG}.pool`;

export const IPPOOL_IMMUTABLE: readonly ImmutableField[] = [
  { path: "spec.networkName", immutable: "NetworkName is immutable" },
  { path: CONFIG, requiredOnceSet: "IPv4Config is required once set" },
  { path: `${CONFIG}.cidr`, immutable: "CIDR is immutable" },
  { path: `${CONFIG}.serverIP`, immutable: "ServerIP is immutable" },
  {
    path: `${CONFIG}.router`,
    immutable: "Router is immutable",
    requiredOnceSet: "Router is required once set",
  },
  { path: `${POOL}.start`, immutable: "Start is immutable" },
  { path: `${POOL}.end`, immutable: "End is immutable" },
  {
    path: `${POOL}.exclude`,
    immutable: "Exclude is immutable",
    // The Go version's words; they mean the exclusions.
    requiredOnceSet: "End is required once set",
  },
];

export const VMNETCFG_IMMUTABLE: readonly ImmutableField[] = [
  { path: "spec.vmName", immutable: "VMName is immutable" },
];
