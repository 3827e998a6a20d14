import assert from "node:assert/strict";
import { parseRequestHead, RequestHeadError } from "./request_head.ts";

function head(...lines: readonly string[]): string {
  return lines.join("\r\n");
}

const GET = "GET / HTTP/1.1";
const HOST = "Host: localhost";

Deno.test("parseRequestHead() reads what a client of Kubernetes sends", () => {
  const { headers, ...rest } = parseRequestHead(head(
    "PATCH /apis/a/v1/namespaces/b/c%20d?fieldManager=x HTTP/1.1",
    "Host: 127.0.0.1:6443",
    "User-Agent: kubectl/v1.34",
    "Accept: application/json",
    "accept:application/yaml \t",
    "Content-Length: 17",
  ));
  assert.deepEqual(rest, {
    method: "PATCH",
    target: "/apis/a/v1/namespaces/b/c%20d?fieldManager=x",
    host: "127.0.0.1:6443",
    minorVersion: 1,
    framing: { kind: "length", bytes: 17 },
    keepsAlive: true,
    awaitsContinue: false,
  });
  assert.equal(headers["accept"], "application/json, application/yaml");
  assert.equal(headers["user-agent"], "kubectl/v1.34");
});

Deno.test("parseRequestHead() takes the host of an absolute target, not that of the field", () => {
  const line = "GET http://evil.example:1/a?b HTTP/1.1";
  const { host, target } = parseRequestHead(head(line, HOST));
  assert.deepEqual([host, target], ["evil.example:1", "/a?b"]);
  assert.equal(parseRequestHead(head("GET http://h?q HTTP/1.1", HOST)).target, "/?q");
});

Deno.test("parseRequestHead() keeps a connection unless the client ends it", () => {
  const cases: readonly [string, boolean][] = [
    [head(GET, HOST), true],
    [head(GET, HOST, "Connection: Keep-Alive"), true],
    [head(GET, HOST, "Connection: TE, Close"), false],
    ["GET / HTTP/1.0", false],
  ];
  for (const [text, keepsAlive] of cases) {
    assert.equal(parseRequestHead(text).keepsAlive, keepsAlive, text);
  }
});

Deno.test("parseRequestHead() reads chunked bodies and the wish for 100 Continue", () => {
  const { framing, awaitsContinue } = parseRequestHead(
    head("POST / HTTP/1.1", HOST, "Transfer-Encoding: Chunked", "Expect: 100-Continue"),
  );
  assert.deepEqual([framing, awaitsContinue], [{ kind: "chunked" }, true]);
});

Deno.test("parseRequestHead() takes a field called __proto__ for a field like any other", () => {
  const { headers } = parseRequestHead(head(GET, HOST, "__proto__: x", "constructor: y"));
  assert.deepEqual([headers["__proto__"], headers["constructor"]], ["x", "y"]);
});

const TWO_LENGTHS = ["Content-Length: 1", "Content-Length: 1"];
const REFUSED: readonly (readonly [name: string, text: string, status: number])[] = [
  ["nothing", "", 400],
  ["no version", head("GET /", HOST), 400],
  ["two spaces", head("GET  / HTTP/1.1", HOST), 400],
  ["a control character in the target", head("GET /\x01 HTTP/1.1", HOST), 400],
  ["no ASCII in the target", head("GET /\xe4 HTTP/1.1", HOST), 400],
  ["a target that is no path", head("GET a HTTP/1.1", HOST), 400],
  ["a tunnel", head("CONNECT h:443 HTTP/1.1", HOST), 400],
  ["HTTP/2", head("PRI * HTTP/2.0"), 505],
  ["HTTP/1.2", head("GET / HTTP/1.2", HOST), 505],
  ["no Host", GET, 400],
  ["two Hosts", head(GET, HOST, HOST), 400],
  ["a folded line", head(GET, HOST, "A: 1", " 2"), 400],
  ["a space before the colon", head(GET, HOST, "A : 1"), 400],
  ["no colon", head(GET, HOST, "A"), 400],
  ["no name", head(GET, HOST, ": 1"), 400],
  ["NUL in a value", head(GET, HOST, "A: \0"), 400],
  ["CR in a value", head(GET, HOST, "A: 1\r2"), 400],
  ["101 fields", head(GET, HOST, ...Array.from({ length: 100 }, (_, i) => `A${i}: 1`)), 431],
  ["two lengths", head(GET, HOST, ...TWO_LENGTHS), 400],
  ["a list of lengths", head(GET, HOST, "Content-Length: 1, 1"), 400],
  ["a negative length", head(GET, HOST, "Content-Length: -1"), 400],
  ["a length with a sign", head(GET, HOST, "Content-Length: +1"), 400],
  ["a length in hexadecimal", head(GET, HOST, "Content-Length: 0x1"), 400],
  ["an empty length", head(GET, HOST, "Content-Length:"), 400],
  ["a length of 16 digits", head(GET, HOST, "Content-Length: 1000000000000000"), 400],
  [
    "a length and chunks",
    head(GET, HOST, "Content-Length: 1", "Transfer-Encoding: chunked"),
    400,
  ],
  ["chunks in HTTP/1.0", head("GET / HTTP/1.0", "Transfer-Encoding: chunked"), 400],
  ["another coding", head(GET, HOST, "Transfer-Encoding: gzip, chunked"), 501],
  ["chunks with a control character", head(GET, HOST, "Transfer-Encoding: \x0bchunked"), 400],
  ["two codings", head(GET, HOST, ...Array(2).fill("Transfer-Encoding: chunked")), 400],
  ["another expectation", head(GET, HOST, "Expect: miracles"), 417],
];

for (const [name, text, wanted] of REFUSED) {
  Deno.test(`parseRequestHead() refuses ${name} with ${wanted}`, () => {
    assert.throws(
      () => parseRequestHead(text),
      (error) => error instanceof RequestHeadError && error.status === wanted,
    );
  });
}
