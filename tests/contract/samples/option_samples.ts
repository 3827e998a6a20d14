/** IPPools with further options for clients, good and bad. */

import { ARCHITECTURE_NAMES } from "../../../lib/api/ippool/boot_names.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { ipv4Sample as ipv4, type Sample } from "./crd_sample.ts";

const ADDRESS = "192.168.48.3";
const ROUTE = { destination: "10.0.0.0/8", gateway: ADDRESS };
const LIMIT = { perSecond: 1, burst: 1_000_000 };

function boot(name: string, change: JsonObject, ...bad: string[]): Sample {
  const files = [{ file: "ipxe.efi" }];
  return ipv4(name, { boot: { files, ...change } }, ...bad.map((field) => `boot.${field}`));
}

function bootFile(name: string, change: JsonObject, ...bad: string[]): Sample {
  const files = [{ file: "ipxe.efi", ...change }];
  return boot(name, { files }, ...bad.map((field) => `files[0].${field}`));
}

function option(name: string, value: JsonObject, ...bad: string[]): Sample {
  const options = [{ code: 224, ...value }];
  const fields = bad.map((field) => field === "" ? "options[0]" : `options[0].${field}`);
  return ipv4(`an option with ${name}`, { options }, ...fields);
}

function route(name: string, change: JsonObject, ...bad: string[]): Sample {
  const routes = [{ ...ROUTE, ...change }];
  return ipv4(name, { routes }, ...bad.map((field) => `routes[0].${field}`));
}

function limit(name: string, boundClient: unknown, ...bad: string[]): Sample {
  return ipv4(name, { rateLimits: { boundClient } }, ...bad.map((f) => `rateLimits.${f}`));
}

const IN_CEL = "the definition says it in CEL, which is not evaluated here";

/** All samples of options. */
export const OPTION_SAMPLES: readonly Sample[] = [
  ipv4("the least MTU", { mtu: 68 }),
  ipv4("the largest MTU", { mtu: 65_535 }),
  ipv4("an MTU that is too small for IPv4", { mtu: 67 }, "mtu"),
  ipv4("an MTU that option 26 cannot say", { mtu: 65_536 }, "mtu"),
  ipv4("an MTU as text", { mtu: "1500" }, "mtu"),
  ipv4("no routes at all", { routes: [] }),
  route("a route", {}),
  route("a route on the link", { gateway: "0.0.0.0" }),
  route("a default route", { destination: "0.0.0.0/0" }),
  route("a route to an address", { destination: "10.0.0.1" }, "destination"),
  route("a route to nowhere", { destination: undefined }, "destination"),
  route("a route by a name", { gateway: "router" }, "gateway"),
  route("a route by nobody", { gateway: undefined }, "gateway"),
  ipv4("a text for a route", { routes: ["10.0.0.0/8"] }, "routes[0]"),
  ipv4("65 routes", { routes: Array(65).fill(ROUTE) }, "routes"),
  ipv4("host names of VMs", { hostnameFromVM: true }),
  ipv4("host names of VMs as text", { hostnameFromVM: "yes" }, "hostnameFromVM"),
  boot("a next server", { nextServer: ADDRESS }),
  boot("a next server by name", { nextServer: "tftp" }, "nextServer"),
  boot("boot without files", { files: undefined }, "files"),
  boot("boot with an empty list of files", { files: [] }, "files"),
  boot("33 boot files", { files: Array(33).fill({ file: "a" }) }, "files"),
  bootFile("a boot file by URL", { file: "http://192.168.48.3/a?b=c" }),
  bootFile("a boot file of 255 characters", { file: "a".repeat(255) }),
  bootFile("a boot file of 256 characters", { file: "a".repeat(256) }, "file"),
  bootFile("an empty boot file", { file: "" }, "file"),
  bootFile("a boot file with a space", { file: "a b" }, "file"),
  bootFile("no boot file", { file: undefined }, "file"),
  bootFile("architectures", { architectures: [0, 65_535] }),
  bootFile("no architecture", { architectures: [] }, "architectures"),
  bootFile("17 architectures", { architectures: [...Array(17).keys()] }, "architectures"),
  bootFile("an architecture beyond 16 bits", { architectures: [65_536] }, "architectures[0]"),
  bootFile("architectures by name", { architectures: ["bios", "uefi-x64", 11] }),
  bootFile("every name of an architecture", {
    architectures: ARCHITECTURE_NAMES.filter((_, i) => i < 16),
  }),
  bootFile("an architecture by an unknown name", { architectures: ["x64"] }, "architectures[0]"),
  bootFile("an architecture below 0", { architectures: [-1] }, "architectures[0]"),
  bootFile("an architecture that is a fraction", { architectures: [0.5] }, "architectures[0]"),
  bootFile("an architecture by its number as text", { architectures: ["7"] }, "architectures[0]"),
  bootFile("a switch for an architecture", { architectures: [true] }, "architectures[0]"),
  bootFile("a user class", { userClass: "iPXE" }),
  bootFile("a user class of 255 characters", { userClass: "a".repeat(255) }),
  bootFile("a user class of 256 characters", { userClass: "a".repeat(256) }, "userClass"),
  bootFile("an empty user class", { userClass: "" }, "userClass"),
  bootFile("a user class beyond ASCII", { userClass: "é" }, "userClass"),
  bootFile("a user class as a number", { userClass: 1 }, "userClass"),
  bootFile("a vendor class", { vendorClass: "Arista;DCS 7050" }),
  bootFile("an empty vendor class", { vendorClass: "" }, "vendorClass"),
  bootFile("a vendor class with a tab", { vendorClass: "a\t" }, "vendorClass"),
  bootFile("iPXE", { ipxe: true }),
  bootFile("others than iPXE", { ipxe: false }),
  bootFile("iPXE as text", { ipxe: "true" }, "ipxe"),
  bootFile("features of iPXE", { ipxe: true, ipxeFeatures: ["http", "efi"] }),
  bootFile("no feature of iPXE", { ipxeFeatures: [] }, "ipxeFeatures"),
  bootFile("an unknown feature of iPXE", { ipxeFeatures: ["gopher"] }, "ipxeFeatures[0]"),
  bootFile("a feature of iPXE by number", { ipxeFeatures: [19] }, "ipxeFeatures[0]"),
  {
    ...boot("features of what is not iPXE", {
      files: [{ file: "a", ipxe: false, ipxeFeatures: ["http"] }],
    }, "files[0]"),
    differs: IN_CEL,
  },
  bootFile("requested options", { requestedOptions: [66, 67, 150] }),
  bootFile("no requested option", { requestedOptions: [] }, "requestedOptions"),
  bootFile("a requested option 0", { requestedOptions: [0] }, "requestedOptions[0]"),
  bootFile("a requested option 255", { requestedOptions: [255] }, "requestedOptions[0]"),
  bootFile("a requested option by name", { requestedOptions: ["a"] }, "requestedOptions[0]"),
  ipv4("a captive portal", { captivePortal: "https://portal.example.com/api" }),
  ipv4("no captive portal, as a URN", { captivePortal: "urn:ietf:params:capport:unrestricted" }),
  ipv4("a captive portal without scheme", { captivePortal: "portal" }, "captivePortal"),
  ipv4("a captive portal with a space", { captivePortal: "https://a b" }, "captivePortal"),
  ipv4("a long captive portal", { captivePortal: `https://${"a".repeat(248)}` }, "captivePortal"),
  ipv4("the shortest time without IPv4", { ipv6OnlyWait: 300 }),
  ipv4("the longest time without IPv4", { ipv6OnlyWait: 4_294_967_295 }),
  ipv4("a time without IPv4 that clients take longer", { ipv6OnlyWait: 299 }, "ipv6OnlyWait"),
  ipv4("a time without IPv4 of 33 bits", { ipv6OnlyWait: 4_294_967_296 }, "ipv6OnlyWait"),
  option("addresses", { addresses: [ADDRESS, ADDRESS] }),
  option("no address", { addresses: [] }, "addresses"),
  option("33 addresses", { addresses: Array(33).fill(ADDRESS) }, "addresses"),
  option("a name for an address", { addresses: ["a"] }, "addresses[0]"),
  option("a text", { text: "a ~" }),
  option("a text of 256 characters", { text: "a".repeat(256) }, "text"),
  option("an empty text", { text: "" }, "text"),
  option("a text with a control character", { text: "a\n" }, "text"),
  option("a text beyond ASCII", { text: "é" }, "text"),
  option("an octet", { uint8: 255 }),
  option("an octet of nine bits", { uint8: 256 }, "uint8"),
  option("an octet below 0", { uint8: -1 }, "uint8"),
  option("two octets", { uint16: 65_535 }),
  option("two octets of 17 bits", { uint16: 65_536 }, "uint16"),
  option("four octets", { uint32: 4_294_967_295 }),
  option("four octets of 33 bits", { uint32: 4_294_967_296 }, "uint32"),
  option("four octets as text", { uint32: "1" }, "uint32"),
  option("octets in hexadecimal", { hex: "00fF" }),
  option("255 octets in hexadecimal", { hex: "00".repeat(255) }),
  option("256 octets in hexadecimal", { hex: "00".repeat(256) }, "hex"),
  option("half an octet", { hex: "0" }, "hex"),
  option("no octet", { hex: "" }, "hex"),
  option("octets joined by colons", { hex: "00:ff" }, "hex"),
  { ...option("no value", {}, ""), differs: IN_CEL },
  { ...option("two values", { text: "a", hex: "00" }, ""), differs: IN_CEL },
  option("code 0", { code: 0, text: "a" }, "code"),
  option("code 255", { code: 255, text: "a" }, "code"),
  option("no code", { code: undefined, text: "a" }, "code"),
  ipv4("33 options", { options: Array(33).fill({ code: 224, text: "a" }) }, "options"),
  ipv4("relays", { relays: [ADDRESS] }),
  ipv4("MACs of relays", { relayMacs: ["fa:cf:8e:50:82:fc", "FA-CF-8E-50-82-FD"] }),
  ipv4("a MAC of a relay without separators", { relayMacs: ["facf8e5082fc"] }, "relayMacs[0]"),
  ipv4("65 MACs of relays", { relayMacs: Array(65).fill("fa:cf:8e:50:82:fc") }, "relayMacs"),
  ipv4("a relay by name", { relays: [ADDRESS, "relay"] }, "relays[1]"),
  ipv4("65 relays", { relays: Array(65).fill(ADDRESS) }, "relays"),
  ipv4("all switches", { authoritative: true, rapidCommit: false, strictChaddr: true }),
  ipv4("authoritative as text", { authoritative: "true" }, "authoritative"),
  ipv4("rapid commit as a number", { rapidCommit: 1 }, "rapidCommit"),
  ipv4("a null for a switch", { strictChaddr: null }, "strictChaddr"),
  ipv4("no rate limit", { rateLimits: {} }),
  ipv4("all rate limits", {
    rateLimits: { boundClient: LIMIT, inform: LIMIT, unknownClients: LIMIT, all: LIMIT },
  }),
  limit("a rate limit without a rate", { burst: 1 }, "boundClient.perSecond"),
  limit("a rate limit without a burst", { perSecond: 1 }, "boundClient.burst"),
  limit("a rate limit of 0", { perSecond: 0, burst: 1 }, "boundClient.perSecond"),
  limit("a burst of 0", { perSecond: 1, burst: 0 }, "boundClient.burst"),
  limit("a huge burst", { perSecond: 1, burst: 1_000_001 }, "boundClient.burst"),
  limit("a number for a rate limit", 5, "boundClient"),
];
