import assert from "node:assert/strict";
import { customOptionRefusal } from "./custom_options.ts";

Deno.test("customOptionRefusal() lets a pool define what the server does not know", () => {
  for (const code of [2, 4, 7, 17, 43, 44, 46, 72, 125, 150, 160, 176, 224, 242, 252, 254]) {
    assert.equal(customOptionRefusal(code, 1), undefined, `${code}`);
  }
});

Deno.test("customOptionRefusal() names the field or the reason against an option", () => {
  const cases: readonly (readonly [codes: readonly number[], want: string])[] = [
    [[-1, 0, 255, 256, 1.5, NaN], "is not an option: codes go from 1 to 254"],
    [[3], "is sent from the field router: set that instead"],
    [[6], "is sent from the field dns: set that instead"],
    [[15], "is sent from the field domainName: set that instead"],
    [[26], "is sent from the field mtu: set that instead"],
    [[33, 121, 249], "is sent from the field routes: set that instead"],
    [[42], "is sent from the field ntp: set that instead"],
    [[51], "is sent from the field leaseTime: set that instead"],
    [[66, 67], "is sent from the field boot: set that instead"],
    [[108], "is sent from the field ipv6OnlyWait: set that instead"],
    [[114], "is sent from the field captivePortal: set that instead"],
    [[119], "is sent from the field domainSearch: set that instead"],
    [
      [1, 12, 28, 52, 53, 54, 56, 58, 59, 60, 61, 80, 82, 118],
      "is set by the server in each reply",
    ],
    [[50, 55, 57, 81, 93], "is sent by clients only"],
  ];
  for (const [codes, want] of cases) {
    for (const code of codes) assert.equal(customOptionRefusal(code, 4), want, `${code}`);
  }
});

Deno.test("customOptionRefusal() wants a value", () => {
  assert.match(customOptionRefusal(252, 0)!, /^has no value/);
});
