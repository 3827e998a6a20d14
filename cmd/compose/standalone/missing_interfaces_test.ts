import assert from "node:assert/strict";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { FakeNetwork } from "../../../tests/support/network/fake_network.ts";
import { missingInterfaces, warnOfMissing } from "./missing_interfaces.ts";

Deno.test("warnOfMissing() tells of an interface that is not there, unless an agent does", () => {
  const network = new FakeNetwork();
  network.add("br0");
  const sources = {
    interfaces: new Map([["default/a", "br0"], ["default/b", "br1"], ["default/c", "br2"]]),
    network,
    agents: { uses: (name: string) => name === "br2" },
  };
  const log = new RecordingLogger();
  warnOfMissing(sources, log);
  const [{ level, fields } = assert.fail("no line"), ...others] = log.lines;
  const message =
    "interface br1 of VM network default/b does not exist; it is served once it does " +
    "(check --nic, or the annotation of the network)";
  assert.deepEqual([level, fields, others], ["warn", { message }, []]);
  network.add("br1");
  assert.deepEqual(missingInterfaces(sources), []);
});
