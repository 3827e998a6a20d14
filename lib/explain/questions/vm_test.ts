import { deepEqual } from "node:assert/strict";
import { parseVirtualMachineNetworkConfig } from "../../api/vmnetcfg/parse_vmnetcfg.ts";
import { TEST_VM } from "../../../tests/support/explain/situations.ts";
import { condition, observed, vmnetcfgOf, worldOf } from "../../../tests/support/explain/worlds.ts";
import { explain } from "../explain.ts";

const STATIC =
  'InvalidStaticIP: annotation static-ip.harvesterhci.io/eth0 is "192.168.48"; it must be an IPv4 ' +
  "address such as 192.168.48.77";
const SKIP = 'InvalidSkipNICs: annotation managed-dhcp-skip-nics is "eth7"; the VM has no "eth7"';
const MAC = "NoMACAddress: network interface eth2 gets no address before its MAC address is known";

/** What is said of a VM that the controller cannot follow in all. */
function notFollowed(message: string) {
  const vmnetcfg = {
    ...vmnetcfgOf("test-vm"),
    status: { conditions: [condition("FollowsVM", "False", "InvalidStaticIP", message)] },
  };
  const value = [observed(vmnetcfg, parseVirtualMachineNetworkConfig)];
  const { checks } = explain(TEST_VM, worldOf({ rest: { vmnetcfgs: { ok: true, value } } }));
  const { says, cure } = checks.find(({ code }) => code === "VM_FOLLOWED")!;
  return { says, cure };
}

Deno.test("explain says what to do about the one thing that a VM asks for in vain", () => {
  const [says, cure] = STATIC.split("; ");
  deepEqual(notFollowed(STATIC), { says, cure });
  deepEqual(notFollowed(MAC), { says: MAC, cure: undefined });
});

Deno.test("explain does not take the last of several things that a VM asks for in vain for what to do", () => {
  const cure =
    "correct each of them in the VM: its Events have them (kubectl describe vm), and so " +
    "has the condition FollowsVM of its VirtualMachineNetworkConfig";
  deepEqual(notFollowed([STATIC, SKIP, MAC].join("; ")), { says: `${STATIC}; and more`, cure });
});
