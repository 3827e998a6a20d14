import assert from "node:assert/strict";
import type { BootFile } from "../pool.ts";
import type { BootClient } from "./boot_client.ts";
import { bootFileFor, type BootMismatch, bootMismatchOf } from "./boot_match.ts";

const PXE: BootClient = {
  protocol: "pxe",
  vendorClass: "PXEClient:Arch:00007:UNDI:003016",
  userClasses: ["iPXE"],
  isIpxe: true,
  ipxeFeatures: new Set([19, 36]),
  architectures: [7],
  requestedOptions: Uint8Array.of(1, 3, 66, 67),
};
const HTTP: BootClient = { ...PXE, protocol: "http", vendorClass: "HTTPClient:Arch:00016" };
const OTHER: BootClient = { ...PXE, protocol: undefined, vendorClass: "U-Boot.armv8" };

const CASES: readonly (readonly [
  name: string,
  client: BootClient,
  entry: Omit<BootFile, "file"> & { readonly file?: string },
  mismatch?: BootMismatch,
])[] = [
  ["a PXE client without conditions", PXE, {}],
  ["another client without conditions", OTHER, {}, "notABootClient"],
  ["its user class in another case", PXE, { userClass: "IPXE" }],
  ["the beginning of its user class", PXE, { userClass: "iPX" }, "userClass"],
  ["iPXE", PXE, { ipxe: true }],
  ["iPXE where others are meant", PXE, { ipxe: false }, "ipxe"],
  ["no iPXE where iPXE is meant", { ...PXE, isIpxe: false }, { ipxe: true }, "ipxe"],
  [
    "another client that is not iPXE",
    { ...OTHER, isIpxe: false },
    { ipxe: false },
    "notABootClient",
  ],
  ["features that it has", PXE, { ipxeFeatures: [36, 19] }],
  ["a feature that it lacks", PXE, { ipxeFeatures: [19, 41] }, "ipxeFeatures"],
  ["the beginning of its vendor class", OTHER, { vendorClass: "u-boot" }],
  ["a longer vendor class", OTHER, { vendorClass: "U-Boot.armv8.x" }, "vendorClass"],
  ["one of the architectures", OTHER, { architectures: [9, 7] }],
  ["another architecture", PXE, { architectures: [0] }, "architectures"],
  ["no architecture", { ...PXE, architectures: [] }, { architectures: [0] }, "architectures"],
  ["options that it asks for", OTHER, { requestedOptions: [67, 66] }],
  ["an option more", OTHER, { requestedOptions: [67, 150] }, "requestedOptions"],
  ["an HTTP client and a path", HTTP, { file: "ipxe.efi" }, "notAnHttpUrl"],
  ["an HTTP client and a URL", HTTP, { file: "https://192.0.2.80/ipxe.efi" }],
  ["a BIOS program for UEFI", PXE, { file: "undionly.kpxe" }, "otherArchitecture"],
  ["a BIOS program that is said to be for it", PXE, { architectures: [7], file: "a.0" }],
  [
    "a UEFI program for a BIOS",
    { ...PXE, architectures: [0] },
    { file: "a.efi" },
    "otherArchitecture",
  ],
  ["a BIOS program for who knows what", { ...PXE, architectures: [] }, { file: "a.kpxe" }],
];

for (const [name, client, entry, mismatch] of CASES) {
  Deno.test(`bootMismatchOf() ${mismatch ?? "has nothing against"}: ${name}`, () => {
    assert.equal(bootMismatchOf(client, { file: "a", ...entry }), mismatch);
  });
}

Deno.test("bootFileFor() counts a client as the first of its architectures that is named", () => {
  const files = [{ architectures: [0], file: "bios" }, { architectures: [9], file: "x64" }, {
    file: "undionly.kpxe",
  }];
  const fileOf = (...architectures: number[]) =>
    bootFileFor({ ...PXE, architectures }, files)?.file;
  assert.equal(fileOf(11, 9, 0), "x64");
  assert.equal(fileOf(0, 9), "bios");
  assert.equal(fileOf(11, 12), undefined, "a BIOS program is for none of them");
  assert.equal(fileOf(11, 20), undefined, "nor for the second, which no entry names");
  assert.equal(fileOf(20), "undionly.kpxe");
});

Deno.test("bootFileFor() looks at other architectures when the first gets nothing", () => {
  const files = [{ architectures: [11], userClass: "x", file: "a" }, {
    architectures: [7],
    file: "b",
  }];
  assert.equal(bootFileFor({ ...PXE, architectures: [11, 7] }, files)?.file, "b");
});
