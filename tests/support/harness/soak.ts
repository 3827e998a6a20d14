/** The length of tests that are worth more the longer they run. */

/** Set by `./dev soak`. */
const FULL_LENGTH = "VM_DHCP_SOAK";

/** True when `./dev soak` runs the tests: everything in full length. */
export const IS_SOAK: boolean = Deno.env.get(FULL_LENGTH) === "true";

/**
 * The length of a test.
 *
 * @param quickSeconds In `./dev test`, long enough for what the test checks to show.
 * @param fullSeconds In `./dev soak`.
 */
export function soakSeconds(quickSeconds: number, fullSeconds: number): number {
  return IS_SOAK ? fullSeconds : quickSeconds;
}
