/** What stands in the Secret by which the controller and the agents of a pool know each other. */

import { isJsonObject, stringAt } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import type { ReportCredentials } from "../../../lib/controller/agents/report/report_source.ts";
import { makeToken } from "../../../lib/http/bearer_token.ts";
import {
  belongTogether,
  isForHost,
  makeCertificate,
  validityOf,
} from "../../../lib/tls/certificate.ts";

/** The name that agents have in their certificates; no name server knows it. */
export const AGENT_HOST = "agent.vm-dhcp.internal";

/** Keys of the Secret. Agents read the first three. */
const CERTIFICATE = "tls.crt";
const KEY = "tls.key";
const TOKEN = "token";
/** The certificate before this one: agents present it until they have read the new one. */
const PREVIOUS = "previous.crt";

const DAY_MS = 24 * 3600_000;

/** How long a certificate is valid, from a day ago: the clock of the next leader may be behind. */
const LIFE_MS = 365 * DAY_MS;
const BEFORE_MS = DAY_MS;

/** Content of a Secret, decoded. */
interface SecretContent {
  readonly cert: string;
  readonly key: string;
  readonly token: string;
  readonly previous: string;
}

/** Whether a Secret can be used. */
export type SecretState =
  /** It can be used until it grows old. */
  | { readonly is: "good"; readonly credentials: ReportCredentials }
  /** It can be used, and is to be renewed. */
  | { readonly is: "old"; readonly content: SecretContent }
  /** It cannot be used; `content` has what can be kept of it. */
  | { readonly is: "bad"; readonly content: Partial<SecretContent> };

/** Looks at the data of a Secret. */
export function secretStateOf({ data }: KubeObject, nowMs: number): SecretState {
  const content = contentOf(data);
  const { cert, token } = content;
  const validity = validityOf(cert);
  const isTokenGood = /^[0-9a-f]{64}$/.test(token);
  const isGood = validity !== undefined && isForHost(cert, AGENT_HOST) && belongTogether(content) &&
    isTokenGood && nowMs >= validity.notBeforeMs && nowMs < validity.notAfterMs;
  if (!isGood) return { is: "bad", content: isTokenGood ? { token } : {} };
  const { notBeforeMs, notAfterMs } = validity;
  if (nowMs >= notBeforeMs + (notAfterMs - notBeforeMs) * 2 / 3) return { is: "old", content };
  return { is: "good", credentials: credentialsOf(content) };
}

/** Makes the data of a Secret. @param former What of the last one can be used on. */
export async function makeSecretData(
  { token, cert: previous }: Partial<SecretContent>,
  nowMs: number,
): Promise<{ readonly data: Record<string, string>; readonly credentials: ReportCredentials }> {
  const notBeforeMs = nowMs - BEFORE_MS;
  const made = await makeCertificate({
    commonName: AGENT_HOST,
    dnsNames: [AGENT_HOST],
    ipAddresses: [],
    validity: { notBeforeMs, notAfterMs: notBeforeMs + LIFE_MS },
  });
  const content = { ...made, token: token ?? makeToken(), previous: previous ?? "" };
  return { data: dataOf(content), credentials: credentialsOf(content) };
}

function credentialsOf({ cert, previous, token }: SecretContent): ReportCredentials {
  // An edit of the Secret may have put anything there.
  const isCertificate = isForHost(previous, AGENT_HOST);
  return { certificates: [cert, ...(isCertificate ? [previous] : [])], token };
}

function contentOf(data: unknown): SecretContent {
  const texts = isJsonObject(data) ? data : {};
  const textOf = (key: string) => {
    try {
      return new TextDecoder().decode(Uint8Array.fromBase64(stringAt(texts, key)));
    } catch {
      return "";
    }
  };
  return {
    cert: textOf(CERTIFICATE),
    key: textOf(KEY),
    token: textOf(TOKEN),
    previous: textOf(PREVIOUS),
  };
}

function dataOf({ cert, key, token, previous }: SecretContent): Record<string, string> {
  const base64 = (text: string) => new TextEncoder().encode(text).toBase64();
  return {
    [CERTIFICATE]: base64(cert),
    [KEY]: base64(key),
    [TOKEN]: base64(token),
    ...(previous === "" ? {} : { [PREVIOUS]: base64(previous) }),
  };
}
