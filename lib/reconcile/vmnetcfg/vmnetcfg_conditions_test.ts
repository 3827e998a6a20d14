import assert from "node:assert/strict";
import { vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { parseVirtualMachineNetworkConfig } from "../../api/vmnetcfg/parse_vmnetcfg.ts";
import { allocatedConditionOf } from "./vmnetcfg_conditions.ts";

Deno.test("allocatedConditionOf() says once what holds for several NICs", () => {
  const parsed = parseVirtualMachineNetworkConfig(vmnetcfgSample());
  assert.ok(parsed.ok);
  const [nic] = parsed.value.spec.networkConfigs;
  const outcomes = ["no pool", "no pool", "taken"].map((message) => (
    { nic: nic!, address: undefined, failure: { reason: "NoIPPool", message } } as const
  ));
  assert.equal(allocatedConditionOf(parsed.value, outcomes).message, "no pool; taken");
});
