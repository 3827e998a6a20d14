/** What answers reviews: `vm-dhcp webhook`, and the least that a server over TLS can do. */

import { isExecutable } from "../../../tools/programs.ts";
import { issueCertificate, makeAuthority } from "../../../lib/tls/certificate.ts";
import { createClient, type ReviewClient } from "./review_load.ts";
import { residentMbOf } from "../packets/process_stats.ts";
import { CpuMeter } from "../kube/cpu_meter.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { freePort } from "../../support/network/free_port.ts";
import { PROGRAMS } from "../../support/process/standalone_process.ts";
import { TestProcess } from "../../support/process/test_process.ts";

/** Whether the executable is measured. */
export const IS_COMPILED = await isExecutable(PROGRAMS.executable[0]);
const COMMAND = IS_COMPILED ? PROGRAMS.executable : PROGRAMS.source;

const NAME = "webhook";
const PEER = new URL("./peer.ts", import.meta.url).pathname;

/** A process that answers at a port of loopback. */
export interface Subject extends AsyncDisposable {
  readonly client: ReviewClient;
  /** Milliseconds from its start until it was ready. */
  readonly readyMs: number;
  cpuMs(): Promise<number>;
  residentMb(): Promise<number>;
}

/** Starts the webhook on a cluster, and waits until it is ready. */
export async function startWebhook(access: {
  readonly kubeconfig: string;
  readonly authority: () => Promise<string>;
}): Promise<Subject> {
  const [path, ...before] = COMMAND;
  const [port, http] = [freePort(), `127.0.0.1:${freePort()}`];
  const url = `https://127.0.0.1:${port}`;
  const startMs = performance.now();
  const process = TestProcess.start({
    path: path!,
    args: [
      ...before,
      ...["webhook", "--kubeconfig", access.kubeconfig, "--namespace", "default"],
      ...["--name", NAME, "--https-port", `${port}`, "--url", url, "--http", http],
    ],
  });
  await answers(process, `http://${http}/readyz`);
  const readyMs = performance.now() - startMs;
  return subjectOf(process, readyMs, createClient(url, await access.authority()));
}

/** Starts the peer. */
export async function startPeer(): Promise<Subject> {
  const validity = { notBeforeMs: Date.now() - 86_400_000, notAfterMs: Date.now() + 86_400_000 };
  const authority = await makeAuthority("peer", validity);
  const names = { commonName: NAME, dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] };
  const { cert, key } = await issueCertificate({ ...names, validity }, authority);
  const [path, ...before] = PROGRAMS.source;
  const port = freePort();
  const startMs = performance.now();
  const process = TestProcess.start({
    path: path!,
    args: [...before.slice(0, -1), PEER, `${port}`],
    env: { PEER_CERT: cert, PEER_KEY: key },
  });
  const url = `https://127.0.0.1:${port}`;
  const client = createClient(url, authority.cert);
  await waitUntil(async () => {
    process.checkRunning();
    return await client.ask("{}").then(() => true, () => undefined);
  }, { what: "the peer", explain: () => process.tail() });
  return subjectOf(process, performance.now() - startMs, client);
}

async function answers(process: TestProcess, url: string): Promise<void> {
  await waitUntil(async () => {
    process.checkRunning();
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    return response?.ok || undefined;
  }, { what: url, limitMs: 60_000, explain: () => process.tail() });
}

function subjectOf(process: TestProcess, readyMs: number, client: ReviewClient): Subject {
  const cpu = new CpuMeter(process.pid);
  return {
    client,
    readyMs,
    cpuMs: () => cpu.read(),
    residentMb: () => residentMbOf(process.pid),
    async [Symbol.asyncDispose]() {
      client.close();
      await process[Symbol.asyncDispose]();
    },
  };
}
