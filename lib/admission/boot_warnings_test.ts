import assert from "node:assert/strict";
import type { JsonObject } from "../base/json.ts";
import { FieldErrors } from "../api/field_errors.ts";
import { FieldReader } from "../api/field_reader.ts";
import { readIpv4Config } from "../api/ippool/ipv4_config.ts";
import { describeBootFiles } from "./boot_warnings.ts";

function warnings(...files: JsonObject[]): readonly string[] {
  const errors = new FieldErrors();
  const config = {
    serverIP: "10.0.0.2",
    cidr: "10.0.0.0/24",
    pool: { start: "10.0.0.10", end: "10.0.0.20" },
    boot: { files },
  };
  const settings = readIpv4Config(FieldReader.of(config, "spec.ipv4Config", errors), {
    optional: errors,
    limits: errors,
  });
  assert.deepEqual(errors.list, []);
  return describeBootFiles(settings).map(({ field, message }) =>
    `${field.replace("spec.ipv4Config.", "")}: ${message}`
  );
}

/** Indexes of the entries that go to nobody, and of the first that stands in front of each. */
function unreachable(...files: JsonObject[]): readonly string[] {
  return warnings(...files).flatMap((text) => {
    const found = /^boot\.files\[(\d+)\]: .* goes to nobody: files\[(\d+)\]/.exec(text);
    return found === null ? [] : [`${found[1]} by ${found[2]}`];
  });
}

const SCRIPT = "http://10.0.0.3/boot.ipxe";

Deno.test("describeBootFiles() has nothing to say of a chain that ends", () => {
  assert.deepEqual(
    warnings(
      { ipxe: true, file: SCRIPT },
      { architectures: ["uefi-x64"], file: "ipxe.efi" },
      { architectures: ["uefi-x64-http"], file: "http://10.0.0.3/ipxe.efi" },
      { architectures: ["bios"], file: "undionly.kpxe" },
      { vendorClass: "U-Boot", file: "boot.scr.uimg" },
      { requestedOptions: [150], file: "switch.cfg" },
    ),
    [],
  );
});

Deno.test("describeBootFiles() names files that the clients of their entry cannot load or run", () => {
  const http = /^boot\.files\[0\]: a\.efi goes to no HTTP client: it does not begin with http/;
  assert.match(warnings({ architectures: ["uefi-x64-http"], file: "a.efi" }).join(), http);
  assert.match(warnings({ vendorClass: "HTTPClient", file: "a.efi" }).join(), http);
  const bios = warnings({ architectures: ["bios", "uefi-x64"], file: "pxelinux.0" });
  assert.match(
    bios.join(),
    /pxelinux\.0 is a BIOS program by its name, which clients of architecture 7, 9 cannot/,
  );
  const uefi = warnings({ architectures: ["bios"], file: "grubx64.efi" });
  assert.match(
    uefi.join(),
    /grubx64\.efi is a UEFI program by its name, which clients of architecture 0 cannot/,
  );
  assert.deepEqual(warnings({ architectures: ["bios", "uefi-x64"], file: "script.ipxe" }), []);
});

Deno.test("describeBootFiles() names entries behind one that is for all of their clients", () => {
  const cases: readonly (readonly [name: string, files: JsonObject[], want: string[]])[] = [
    ["a catch-all first", [{ file: "a" }, { architectures: [7], file: "b" }], ["1 by 0"]],
    ["iPXE behind a catch-all", [{ file: "a" }, { ipxe: true, file: SCRIPT }], ["1 by 0"]],
    ["user class iPXE", [{ ipxe: true, file: "a" }, { userClass: "iPXE", file: "b" }], ["1 by 0"]],
    ["features", [{ ipxe: true, file: "a" }, { ipxeFeatures: ["efi"], file: "b" }], ["1 by 0"]],
    ["the same twice", [{ architectures: [7, 9], file: "a" }, {
      architectures: ["uefi-x64"],
      file: "b",
    }], ["1 by 0"]],
    ["a longer vendor class", [{ vendorClass: "u-boot", file: "a" }, {
      vendorClass: "U-Boot.armv8",
      file: "b",
    }], ["1 by 0"]],
    ["more requested options", [{ requestedOptions: [150], file: "a" }, {
      requestedOptions: [67, 150],
      file: "b",
    }], ["1 by 0"]],
    ["BIOS programs twice", [{ file: "a.kpxe" }, { file: "b.0" }], ["1 by 0"]],
    ["BIOS and UEFI programs", [{ file: "undionly.kpxe" }, { file: "ipxe.efi" }], []],
    ["a BIOS program for others", [{ file: "a.0" }, { architectures: [7], file: "b" }], []],
    ["a path and a URL", [{ file: "a" }, { file: "http://10.0.0.3/a.efi" }], []],
    ["a catch-all and a switch", [{ file: "a" }, { vendorClass: "Arista", file: "b" }], []],
    ["two vendor classes", [{ vendorClass: "a", file: "a" }, { vendorClass: "b", file: "b" }], []],
    ["one architecture more", [{ architectures: [7], file: "a" }, {
      architectures: [7, 9],
      file: "b",
    }], []],
    ["iPXE and others", [{ ipxe: true, file: "a" }, { ipxe: false, file: "b" }], []],
    ["features and all iPXE", [{ ipxeFeatures: ["http"], file: "a" }, {
      ipxe: true,
      file: "b",
    }], []],
  ];
  for (const [name, files, want] of cases) {
    assert.deepEqual(unreachable(...files), want, name);
  }
});

Deno.test("describeBootFiles() warns of iPXE that gets itself for ever", () => {
  const loop = /^boot\.files\[0\]: ipxe\.efi is iPXE.*: put an entry with ipxe: true before/;
  assert.match(warnings({ file: "ipxe.efi" })[0]!, loop);
  assert.match(
    warnings({ architectures: [7], file: "ipxe.efi" }, { ipxe: true, file: "x" })[0]!,
    loop,
  );
  assert.deepEqual(warnings({ ipxe: false, file: "ipxe.efi" }), []);
  assert.deepEqual(warnings({ userClass: "iPXE", file: "x" }, { file: "undionly.kpxe" }), []);
  assert.deepEqual(warnings({ vendorClass: "U-Boot", file: "snp.efi" }), []);
  assert.deepEqual(warnings({ file: "grubx64.efi" }), []);
  const byHttp = { architectures: ["uefi-arm64-http"], file: "http://10.0.0.3/ipxe.efi" };
  assert.deepEqual(warnings(byHttp), [], "iPXE that came by HTTP is no HTTP client any more");
});
