import assert from "node:assert/strict";
import { isHttpUrl, isIpxeProgram, mayRun } from "./boot_file_name.ts";

const CASES: readonly (readonly [file: string, bios: boolean, uefi: boolean])[] = [
  ["undionly.kpxe", true, false],
  ["ipxe.kkpxe", true, false],
  ["ipxe.pxe", true, false],
  ["bios/pxelinux.0", true, false],
  ["boot\\x64\\wdsnbp.com", true, false],
  ["pxeboot.n12", true, false],
  ["UNDIONLY.KPXE", true, false],
  ["http://192.0.2.80/ipxe.lkrn?x=1", true, false],
  ["ipxe.efi", false, true],
  ["grubx64.efi.signed", false, true],
  ["http://192.0.2.80/a/BOOTAA64.EFI#x", false, true],
  ["http://boot.example.com", true, true],
  ["http://boot.example.com/boot.ipxe", true, true],
  ["script.sh", true, true],
  ["10.0", true, false],
];

for (const [file, bios, uefi] of CASES) {
  Deno.test(`mayRun() knows who can run ${file}`, () => {
    assert.deepEqual([mayRun(file, [0]), mayRun(file, [20]), mayRun(file, [11])], [
      bios,
      bios,
      uefi,
    ]);
    assert.equal(mayRun(file, []), true);
  });
}

Deno.test("isIpxeProgram() knows iPXE by its names, and no script", () => {
  for (
    const file of ["undionly.kpxe", "ipxe.efi", "a/ipxe-arm64.efi", "snponly.efi", "ipxe.lkrn"]
  ) {
    assert.equal(isIpxeProgram(file), true, file);
  }
  for (const file of ["boot.ipxe", "ipxe/boot.efi", "pxelinux.0", "snapd.efi", "ipxe.txt"]) {
    assert.equal(isIpxeProgram(file), false, file);
  }
});

Deno.test("isHttpUrl() knows what an HTTP client can load", () => {
  assert.deepEqual(["http://a", "HTTPS://a", "ftp://a", "a/http://b"].map(isHttpUrl), [
    true,
    true,
    false,
    false,
  ]);
});
