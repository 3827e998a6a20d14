import assert from "node:assert/strict";
import { parseFlags, UsageError } from "../cli/flags.ts";
import { ELECTION_FLAGS, timingsOf } from "./election.ts";

const HOUR_MS = 3_600_000;
const DEV = { CATTLE_DEV_MODE: "true" };

const CASES = [
  { name: "nothing", args: [], env: {}, want: [45_000, 30_000, 2000] },
  { name: "CATTLE_DEV_MODE", args: [], env: DEV, want: [45 * HOUR_MS, 30 * HOUR_MS, 2000] },
  {
    name: "an empty CATTLE_DEV_MODE",
    args: [],
    env: { CATTLE_DEV_MODE: "" },
    want: [45_000, 30_000, 2000],
  },
  {
    name: "a variable beside CATTLE_DEV_MODE",
    args: [],
    env: { ...DEV, CATTLE_ELECTION_RENEW_DEADLINE: "1m30s" },
    want: [45 * HOUR_MS, 90_000, 2000],
  },
  {
    name: "a renew deadline that is longer than the default lease",
    args: [],
    env: { CATTLE_ELECTION_RENEW_DEADLINE: "60s" },
    want: [90_000, 60_000, 2000],
  },
  {
    name: "a flag and its variable",
    args: ["--leader-elect-lease-duration=60s"],
    env: { CATTLE_ELECTION_LEASE_DURATION: "50s", CATTLE_ELECTION_RETRY_PERIOD: "5s" },
    want: [60_000, 30_000, 5000],
  },
];

for (const { name, args, env, want } of CASES) {
  Deno.test(`timingsOf() by ${name}`, () => {
    const { leaseMs, renewDeadlineMs, retryMs } = timingsOf(
      parseFlags(ELECTION_FLAGS, args, env),
      env,
    );
    assert.deepEqual([leaseMs, renewDeadlineMs, retryMs], want);
  });
}

Deno.test("timingsOf() refuses a lease that is shorter than the default deadline", () => {
  const options = parseFlags(ELECTION_FLAGS, ["--leader-elect-lease-duration=15s"], {});
  assert.throws(() => timingsOf(options, {}), UsageError);
});
