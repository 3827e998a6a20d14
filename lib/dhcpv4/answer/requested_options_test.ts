import assert from "node:assert/strict";
import { M1, M2, poolParameters } from "../../../tests/support/dhcp/dhcp_packets.ts";
import { hostNameOptionOf } from "./requested_options.ts";

function hostName(name: string): string | undefined {
  const option = hostNameOptionOf(M1, poolParameters({ hostNames: new Map([[M1, name]]) }));
  return option && `${option.code} ${String.fromCharCode(...option.value)}`;
}

Deno.test("hostNameOptionOf() gives each client its own name", () => {
  assert.equal(hostName("vm-1"), "12 vm-1");
  assert.equal(hostName("Web.example.com"), "12 Web.example.com");
  const others = poolParameters({ hostNames: new Map([[M2, "vm-2"]]) });
  assert.equal(hostNameOptionOf(M1, others), undefined);
  assert.equal(hostNameOptionOf(M1, poolParameters()), undefined);
});

Deno.test("hostNameOptionOf() gives no name that is not one", () => {
  const names = ["", "-a", "a-", "a b", "a..b", "a.", "$(reboot)", "a\nb", "ä", "a".repeat(64)];
  for (const name of [...names, `${"a".repeat(60)}.`.repeat(4) + "b".repeat(20)]) {
    assert.equal(hostName(name), undefined, name);
  }
});
