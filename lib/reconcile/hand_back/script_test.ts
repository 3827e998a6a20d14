import assert from "node:assert/strict";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { parseIPPool } from "../../api/ippool/parse_ippool.ts";
import type { KubeObject } from "../../api/meta.ts";
import { parseVirtualMachineNetworkConfig } from "../../api/vmnetcfg/parse_vmnetcfg.ts";
import { handBackScript } from "./script.ts";

const MAC = "fa:cf:8e:50:82:01";

function worldOf(pool: KubeObject, vmnetcfg: KubeObject) {
  return {
    ippools: [{ object: pool, parsed: parseIPPool(pool) }],
    vmnetcfgs: [{ object: vmnetcfg, parsed: parseVirtualMachineNetworkConfig(vmnetcfg) }],
    applyDefinitions: "apply",
  };
}

Deno.test("handBackScript() says when nothing is in the way", () => {
  const nic = { macAddress: MAC, networkName: "default/net-48" };
  const { lines, isClear } = handBackScript(
    worldOf(ippoolSample(), vmnetcfgSample({ spec: { networkConfigs: [nic] } })),
  );
  assert.equal(isClear, true);
  assert.deepEqual(lines, ["# nothing is in the way of the Go program"]);
});

for (const evil of ["a\nrm -rf /", "a/b\r\nrm -rf /", "a\rrm -rf /", "a\u001b[2Jrm -rf /"]) {
  Deno.test(`handBackScript() runs nothing of a name such as ${JSON.stringify(evil)}`, () => {
    const pool = ippoolSample({
      status: { ipv4: { allocated: { [evil]: MAC }, used: 1, available: 1 } },
    });
    const nics = [{ macAddress: MAC, networkName: evil, [evil]: true }];
    const { lines, isClear } = handBackScript(
      worldOf(pool, vmnetcfgSample({ spec: { networkConfigs: nics } })),
    );
    assert.equal(isClear, false);
    // As a shell reads them.
    assert.deepEqual(lines.filter((line) => /[\p{Cc}\p{Cf}]/u.test(line)), []);
    const read = lines.join("\n").split(/[\r\n]/);
    assert.deepEqual(read.filter((line) => !/^(?:# |kubectl |for try in |apply$)/.test(line)), []);
    assert.ok(read.some((line) => line.includes("rm -rf")), "the name is not shown at all");
  });
}
