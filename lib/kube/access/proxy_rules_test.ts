import { equal, throws } from "node:assert/strict";
import { proxyFor } from "./proxy_rules.ts";

const PROXY = "http://proxy:3128";

/** Whether requests to the server go through the proxy with this NO_PROXY. */
const EXEMPTIONS: readonly (readonly [noProxy: string, server: string, isProxied: boolean])[] = [
  ["", "https://example.com", true],
  ["", "https://10.0.0.1:6443", true],
  // Loopback never.
  ["", "https://localhost:6443", false],
  ["", "https://LOCALHOST", false],
  ["", "https://127.0.0.1:6443", false],
  ["", "https://127.9.8.7", false],
  ["", "https://[::1]:6443", false],
  ["", "https://[::ffff:127.0.0.1]", false],
  ["", "https://localhost.example.com", true],
  ["", "https://128.0.0.1", true],
  ["", "https://[::2]", true],
  // All.
  ["*", "https://example.com", false],
  ["a.com, * ,b.com", "https://10.0.0.1", false],
  // Addresses.
  ["10.0.0.1", "https://10.0.0.1:6443", false],
  ["10.0.0.1", "https://10.0.0.11", true],
  ["10.0.0.1:6443", "https://10.0.0.1:6443", false],
  ["10.0.0.1:6443", "https://10.0.0.1:443", true],
  ["10.0.0.1:443", "https://10.0.0.1", false],
  ["fd00::1", "https://[fd00::1]:6443", false],
  ["FD00:0:0:0:0:0:0:1", "https://[fd00::1]", false],
  ["[fd00::1]:6443", "https://[fd00::1]:6443", false],
  ["[fd00::1]:6443", "https://[fd00::1]:443", true],
  ["[fd00::1]", "https://[fd00::1]:443", false],
  // Networks.
  ["10.0.0.0/8", "https://10.255.0.1:6443", false],
  ["10.1.2.3/8", "https://10.255.0.1", false],
  ["10.0.0.0/8", "https://11.0.0.1", true],
  ["10.96.0.1/32", "https://10.96.0.1", false],
  ["0.0.0.0/0", "https://192.0.2.1", false],
  ["fd00::/8", "https://[fd12::1]", false],
  ["fd00::/8", "https://[fe80::1]", true],
  ["10.0.0.0/33", "https://10.0.0.1", true],
  ["10.0.0.0/", "https://10.0.0.1", true],
  ["10.0.0.0/x", "https://10.0.0.1", true],
  ["example.com/8", "https://example.com", true],
  // Networks say nothing about names.
  ["0.0.0.0/0", "https://example.com", true],
  // Domains.
  ["example.com", "https://example.com", false],
  ["example.com", "https://api.example.com", false],
  ["example.com", "https://a.b.example.com:6443", false],
  ["example.com", "https://notexample.com", true],
  ["EXAMPLE.com", "https://api.Example.COM", false],
  [".example.com", "https://api.example.com", false],
  [".example.com", "https://example.com", true],
  ["*.example.com", "https://api.example.com", false],
  ["*.example.com", "https://example.com", true],
  ["example.com:6443", "https://api.example.com:6443", false],
  ["example.com:6443", "https://api.example.com", true],
  ["example.com:443", "https://api.example.com", false],
  [".svc, .cluster.local ,10.0.0.0/8", "https://kubernetes.default.svc", false],
  ["com", "https://example.com", false],
  // Entries that say nothing.
  [" , ,", "https://example.com", true],
  [":443", "https://example.com", true],
  ["localhost,127.0.0.1", "https://example.com", true],
];

for (const [noProxy, server, isProxied] of EXEMPTIONS) {
  Deno.test(`${server} is reached ${isProxied ? "through the proxy" : "directly"} with NO_PROXY=${noProxy}`, () => {
    for (const name of ["NO_PROXY", "no_proxy"]) {
      const found = proxyFor(server, { HTTPS_PROXY: PROXY, [name]: noProxy });
      equal(found, isProxied ? PROXY : undefined);
    }
  });
}

const CHOICES: readonly {
  readonly what: string;
  readonly server?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly proxy: string | undefined;
}[] = [
  { what: "no variable", env: {}, proxy: undefined },
  { what: "an empty variable", env: { HTTPS_PROXY: "" }, proxy: undefined },
  { what: "HTTPS_PROXY", env: { HTTPS_PROXY: PROXY }, proxy: PROXY },
  { what: "https_proxy", env: { https_proxy: PROXY }, proxy: PROXY },
  { what: "both cases", env: { HTTPS_PROXY: PROXY, https_proxy: "http://no" }, proxy: PROXY },
  {
    what: "an empty one in upper case",
    env: { HTTPS_PROXY: "", https_proxy: PROXY },
    proxy: PROXY,
  },
  { what: "HTTP_PROXY only", env: { HTTP_PROXY: PROXY }, proxy: undefined },
  { what: "ALL_PROXY, which Go does not know", env: { ALL_PROXY: PROXY }, proxy: undefined },
  { what: "HTTP_PROXY for http", server: "http://x", env: { HTTP_PROXY: PROXY }, proxy: PROXY },
  { what: "http_proxy for http", server: "http://x", env: { http_proxy: PROXY }, proxy: PROXY },
  {
    what: "HTTPS_PROXY for http",
    server: "http://x",
    env: { HTTPS_PROXY: PROXY },
    proxy: undefined,
  },
  { what: "a host and a port", env: { HTTPS_PROXY: "proxy:3128" }, proxy: "http://proxy:3128" },
  { what: "a host", env: { HTTPS_PROXY: "proxy" }, proxy: "http://proxy" },
  { what: "an address", env: { HTTPS_PROXY: "10.0.0.1:80" }, proxy: "http://10.0.0.1:80" },
  { what: "a password", env: { HTTPS_PROXY: "http://u:p@proxy" }, proxy: "http://u:p@proxy" },
  { what: "SOCKS", env: { HTTPS_PROXY: "socks5://proxy" }, proxy: "socks5://proxy" },
  {
    what: "NO_PROXY in both cases",
    env: { HTTPS_PROXY: PROXY, NO_PROXY: "other", no_proxy: "example.com" },
    proxy: PROXY,
  },
];

for (const { what, server = "https://example.com", env, proxy } of CHOICES) {
  Deno.test(`the environment with ${what} gives ${proxy ?? "no proxy"}`, () => {
    equal(proxyFor(server, env), proxy);
  });
}

Deno.test("a variable that names no proxy is named, without what it says", () => {
  for (const HTTPS_PROXY of ["http://user:secret@", "http://user:100%@proxy"]) {
    throws(() => proxyFor("https://example.com", { HTTPS_PROXY }), {
      message: "the environment variable HTTPS_PROXY must be the URL of a proxy",
    });
  }
});
