/**
 * The head of a request (RFC 9112 sections 2 to 7), read strictly: what two parsers could understand in
 * two ways is refused, so that nothing in front of this server sees other requests than it does.
 */

/** Largest head that is read, in octets. */
export const HEAD_BYTES_MAX = 64 * 1024;
const FIELDS_MAX = 100;

/** How the end of a body is found. */
export type BodyFraming =
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" };

/** A head that is understood. */
export interface RequestHead {
  readonly method: string;
  /** Path of the URL, still percent-encoded, with its query. */
  readonly target: string;
  /** The authority that the client asks; `undefined` where HTTP/1.0 leaves it out. */
  readonly host: string | undefined;
  readonly minorVersion: 0 | 1;
  /** By lower-case name; several fields of one name are joined with commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly framing: BodyFraming;
  /** Whether the client wants to send further requests on the connection. */
  readonly keepsAlive: boolean;
  /** Whether the client waits for `100 Continue` before it sends the body. */
  readonly awaitsContinue: boolean;
}

/** A head that is not understood; the connection ends after the answer. */
export class RequestHeadError extends Error {
  override readonly name = "RequestHeadError";

  constructor(readonly status: number, message: string) {
    super(message);
  }
}

const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([\x21-\x7e]+) HTTP\/(\d)\.(\d)$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\uffff]*)$/;
const ABSOLUTE_TARGET = /^https?:\/\/([^/?#]*)([^#]*)$/i;
/** Fields of which a second one would change what the request means. */
const SINGLE = ["host", "content-length", "transfer-encoding", "authorization", "content-type"];

/**
 * Understands a head.
 *
 * @param text The octets as characters, without the empty line at the end.
 * @throws {RequestHeadError} when it is malformed or asks for what is not there.
 */
export function parseRequestHead(text: string): RequestHead {
  const [requestLine = "", ...lines] = text.split("\r\n");
  const match = REQUEST_LINE.exec(requestLine);
  if (match === null) throw malformed("the request line is malformed");
  const [, method, target, major, minor] = match;
  if (major !== "1" || (minor !== "0" && minor !== "1")) {
    throw new RequestHeadError(505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
  }
  const headers = parseFields(lines);
  const minorVersion = minor === "1" ? 1 : 0;
  const connection = tokensOf(headers["connection"]);
  return {
    method: method!,
    ...targetOf(target!, headers["host"], minorVersion),
    minorVersion,
    headers,
    framing: framingOf(headers, minorVersion),
    // A client of HTTP/1.0 reads until the end.
    keepsAlive: minorVersion === 1 && !connection.includes("close"),
    awaitsContinue: awaitsContinue(headers["expect"], minorVersion),
  };
}

function parseFields(lines: readonly string[]): Record<string, string | undefined> {
  if (lines.length > FIELDS_MAX) {
    throw new RequestHeadError(431, `the head has more than ${FIELDS_MAX} fields`);
  }
  // Without a prototype, because a client may call a field `__proto__`.
  const headers: Record<string, string | undefined> = Object.create(null);
  for (const line of lines) {
    const match = FIELD.exec(line);
    if (match === null) throw malformed("a header field is malformed");
    const name = match[1]!.toLowerCase();
    const value = match[2]!.trimEnd();
    const known = headers[name];
    if (known !== undefined && SINGLE.includes(name)) {
      throw malformed(`the header field ${name} is there twice`);
    }
    headers[name] = known === undefined ? value : `${known}, ${value}`;
  }
  return headers;
}

/** RFC 9112 section 3.2: the authority of an absolute target counts, not the field `Host`. */
function targetOf(
  target: string,
  hostField: string | undefined,
  minorVersion: 0 | 1,
): Pick<RequestHead, "target" | "host"> {
  if (hostField === undefined && minorVersion === 1) {
    throw malformed("the header field Host is missing");
  }
  if (target.startsWith("/") || target === "*") return { target, host: hostField };
  const [, authority, path] = ABSOLUTE_TARGET.exec(target) ?? [];
  if (authority === undefined || path === undefined) throw malformed("the target is malformed");
  return { target: path.startsWith("/") ? path : `/${path}`, host: authority };
}

/** RFC 9112 section 6.3, without the cases in which a server has to guess. */
function framingOf(
  headers: Readonly<Record<string, string | undefined>>,
  minorVersion: 0 | 1,
): BodyFraming {
  const length = headers["content-length"];
  const coding = headers["transfer-encoding"];
  if (coding !== undefined) {
    if (length !== undefined) {
      throw malformed("Content-Length and Transfer-Encoding exclude each other");
    }
    if (minorVersion === 0) throw malformed("HTTP/1.0 has no Transfer-Encoding");
    if (coding.toLowerCase() !== "chunked") {
      throw new RequestHeadError(501, "the only Transfer-Encoding that is read here is chunked");
    }
    return { kind: "chunked" };
  }
  if (length === undefined) return { kind: "length", bytes: 0 };
  if (!/^\d{1,15}$/.test(length)) throw malformed("Content-Length is not a number");
  return { kind: "length", bytes: Number(length) };
}

function awaitsContinue(expect: string | undefined, minorVersion: 0 | 1): boolean {
  if (expect === undefined || minorVersion === 0) return false;
  if (expect.toLowerCase() === "100-continue") return true;
  throw new RequestHeadError(417, "the only expectation that is met here is 100-continue");
}

function tokensOf(value: string | undefined): string[] {
  return (value ?? "").toLowerCase().split(",").map((token) => token.trim());
}

function malformed(message: string): RequestHeadError {
  return new RequestHeadError(400, message);
}
