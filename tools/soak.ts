/** `./dev soak`: the tests that are worth more the longer they run, in full length. */

import { formatTally } from "./junit.ts";
import { runTests, say } from "./steps.ts";

Deno.env.set("VM_DHCP_SOAK", "true");
say("this takes up to an hour");
const tally = await runTests({
  what: "soak tests",
  paths: ["tests/soak", "tests/e2e/outages_test.ts"],
  minutesMax: 90,
});
console.log(formatTally(tally));
if (tally.failed > 0) Deno.exitCode = 1;
