import assert from "node:assert/strict";
import { ErrnoError } from "../contract.ts";
import { Errno, errnoError, isPassing, withSubject } from "./errno.ts";

const CASES: readonly { readonly errno: number; readonly message: string }[] = [
  {
    errno: 1,
    message: "socket failed: EPERM: run as root or give the process the capability CAP_NET_RAW",
  },
  {
    errno: 19,
    message: "socket failed: ENODEV: there is no such interface in this network namespace",
  },
  {
    errno: 100,
    message: "socket failed: ENETDOWN: the interface is down or gone; set it up with " +
      "`ip link set <name> up`",
  },
  { errno: 105, message: "socket failed: ENOBUFS" },
  { errno: 133, message: "socket failed: errno 133" },
];

for (const { errno, message } of CASES) {
  Deno.test(`errnoError() says what errno ${errno} is and what to do about it`, () => {
    const error = errnoError("socket", errno);
    assert.equal(error.message, message);
    assert.equal(error.errno, errno);
  });
}

Deno.test("withSubject() names what a failed call was about and keeps its number and cure", () => {
  const error = withSubject(errnoError("bind", Errno.ENODEV), "interface eth9");
  assert.ok(error instanceof ErrnoError);
  assert.equal(
    error.message,
    "bind (interface eth9) failed: ENODEV: there is no such interface in this network namespace",
  );
  assert.equal(error.code, "ENODEV");
});

Deno.test("isPassing() is true for what the process or the moment lacks, and for nothing else", () => {
  const { EMFILE, ENFILE, ENOBUFS, ENOMEM, EINTR, EAGAIN, EPERM, ENODEV, ENETDOWN } = Errno;
  for (const errno of [EMFILE, ENFILE, ENOBUFS, ENOMEM, EINTR, EAGAIN]) {
    assert.equal(isPassing(errnoError("socket", errno)), true, `${errno}`);
  }
  for (const errno of [EPERM, ENODEV, ENETDOWN]) {
    assert.equal(isPassing(errnoError("socket", errno)), false, `${errno}`);
  }
  assert.equal(isPassing(new TypeError("a fault")), false);
});

Deno.test("withSubject() leaves other errors alone", () => {
  const other = new TypeError("a fault");
  assert.equal(withSubject(other, "interface eth9"), other);
});
