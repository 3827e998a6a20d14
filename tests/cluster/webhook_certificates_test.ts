/** The certificates of `vm-dhcp webhook` change, expire and come back, and a real kube-apiserver goes on asking. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import {
  type CertificateAndKey,
  issueCertificate,
  makeAuthority,
} from "../../lib/tls/certificate.ts";
import { load } from "../support/apiserver/request_load.ts";
import { inFolder } from "../support/harness/in_folder.ts";
import { vmnetcfgSample } from "../support/apiserver/samples.ts";
import { ShiftedClock } from "../support/clocks/shifted_clock.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { NAME, SECRETS, VMNETCFGS, WebhookCluster } from "./webhook_cluster.ts";
import type { WebhookProcess } from "../support/process/webhook_process.ts";

const DAY_S = 86_400;
const DAY_MS = DAY_S * 1000;

/** Reviews of the test that changes everything. */
const REVIEWS = 10_000;

/** What webhooks name their authority: all that follow each other have one name. */
const AUTHORITY = `${NAME}.vm-dhcp.svc authority`;

/** An authority of the webhook with so many days left of its year. */
function authorityWith(days: number): Promise<CertificateAndKey> {
  const notAfterMs = Date.now() + days * DAY_MS;
  return makeAuthority(AUTHORITY, { notBeforeMs: notAfterMs - 395 * DAY_MS, notAfterMs });
}

function secretOf({ cert, key }: CertificateAndKey): JsonObject {
  const data = { "tls.crt": btoa(cert), "tls.key": btoa(key) };
  const metadata = { name: `${NAME}-ca` };
  return { apiVersion: "v1", kind: "Secret", type: "kubernetes.io/tls", metadata, data };
}

/** Puts an authority into the Secret, as somebody who restores a backup. */
async function restore({ api }: WebhookCluster, authority: CertificateAndKey): Promise<void> {
  const body = secretOf(authority);
  const { status, text } = await api.send("PUT", `${SECRETS}/${NAME}-ca`, { body });
  assert.ok(status === 200 || status === 201, text);
}

/** Asks for one review. @returns Why there was none, or nothing. */
async function review(setup: WebhookCluster): Promise<string | undefined> {
  const object = vmnetcfgSample({ metadata: { name: "reviewed" } });
  const { status, text, headers } = await setup.create(VMNETCFGS, object, "?dryRun=All");
  if (status !== 201) return text;
  // Nobody but the webhook knows that the network is missing.
  return headers.get("warning")?.includes("not found") ? undefined : "nobody was asked";
}

/** Reviews all the while, eight at a time; none may fail. */
class Reviews {
  count = 0;
  readonly #over = new AbortController();
  readonly #load;

  constructor(setup: WebhookCluster) {
    this.#load = load(async () => {
      const problem = await review(setup);
      if (problem !== undefined) throw new Error(`review ${this.count}: ${problem}`);
      this.count++;
    }, this.#over.signal);
  }

  /** Waits for something, or for the first review that fails. */
  async during<T>(work: Promise<T>): Promise<T> {
    return await Promise.race([work, this.#load.then(() => work)]);
  }

  async end(): Promise<void> {
    this.#over.abort();
    await this.#load;
  }
}

function issuedBy(replica: WebhookProcess): number {
  return replica.log.entries("certificate of the webhook issued").length;
}

/** Has the clock jump to so many days, and waits until each replica has another certificate. */
async function renewed(
  replicas: readonly WebhookProcess[],
  clock: ShiftedClock,
  day: number,
): Promise<void> {
  const before = replicas.map(issuedBy);
  await clock.jumpTo(day * DAY_S);
  await waitUntil(
    () => replicas.every((replica, i) => issuedBy(replica) > before[i]!) || undefined,
    { what: `certificates of day ${day}`, limitMs: 60_000 },
  );
}

async function renewsEverything(setup: WebhookCluster, clock: ShiftedClock): Promise<void> {
  const { replicas } = setup;
  const reviews = new Reviews(setup);
  for (const day of [5, 10, 15]) await reviews.during(renewed(replicas, clock, day));
  // The authority is over two thirds of its life, so the next one has been trusted meanwhile.
  await reviews.during(waitUntil(() => {
    const all = replicas.flatMap(({ log }) => log.entries("authority of the webhook renewed"));
    return all.length > 0 || undefined;
  }, { what: "another authority", limitMs: 120_000 }));
  await reviews.during(renewed(replicas, clock, 20));
  await reviews.during(
    waitUntil(() => reviews.count >= REVIEWS || undefined, { what: "reviews", limitMs: 300_000 }),
  );
  await reviews.end();
}

/** One replica is killed; what it was asked at that moment is lost, and nothing else. */
async function losesOneOf(setup: WebhookCluster): Promise<void> {
  const problems: string[] = [];
  let count = 0;
  const over = new AbortController();
  const asking = load(async () => {
    const problem = await review(setup);
    count++;
    if (problem !== undefined) problems.push(problem);
  }, over.signal);
  const after = (more: number) => {
    const wanted = count + more;
    return waitUntil(() => count >= wanted || undefined, { what: "reviews", limitMs: 60_000 });
  };
  await after(200);
  const [killed] = setup.replicas;
  await killed!.end("SIGKILL");
  await after(500);
  over.abort();
  await asking;
  assert.ok(problems.length <= 8, `${problems.length} reviews are lost: ${problems[0]}`);
  for (const problem of problems) assert.match(problem, /failed calling webhook/);
  setup.front.ports = setup.front.ports.filter((port) => port !== killed!.port);
}

/** Has nobody but this replica answer, and waits until it does. */
async function answersAlone(setup: WebhookCluster, replica: WebhookProcess): Promise<void> {
  for (const other of setup.replicas) if (other !== replica) await other.end("SIGKILL");
  setup.front.ports = [replica.port];
  await waitUntil(async () => await review(setup) === undefined || undefined, {
    what: "the replica to be asked",
    explain: () => replica.log.tail(),
  });
}

/** Writes what cert-manager would, for the front. */
async function give(folder: string, authority: CertificateAndKey, days: number): Promise<void> {
  const validity = { notBeforeMs: Date.now() - DAY_MS, notAfterMs: Date.now() + days * DAY_MS };
  const names = { commonName: NAME, dnsNames: [NAME], ipAddresses: ["127.0.0.1"] };
  const { cert, key } = await issueCertificate({ ...names, validity }, authority);
  const files = { "tls.crt": cert, "tls.key": key, "ca.crt": authority.cert };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
}

/** A given certificate expires by the clock of the replica, and is renewed. */
async function changesGiven(
  setup: WebhookCluster,
  { folder, clock }: { readonly folder: string; readonly clock: ShiftedClock },
): Promise<void> {
  const authority = await authorityWith(365);
  await give(folder, authority, 1);
  await clock.jumpTo(0);
  const how = ["--url", setup.front.url, "--tls-cert-dir", folder];
  const replica = await setup.add({ how, env: clock.env });
  await answersAlone(setup, replica);
  await clock.jumpTo(2 * DAY_S);
  await replica.readyzSays(/API servers refuse its certificate, which was valid until/);
  await give(folder, authority, 30);
  await replica.isReady();
  await answersAlone(setup, replica);
}

await integrationTest({
  name:
    "no review fails while authority and certificates of the webhook are replaced, with replicas killed and clocks wrong",
  needs: ["kube", "executable", "gcc"],
  run: (context) =>
    inFolder(async (folder) => {
      await using setup = await WebhookCluster.start({ withoutControllers: true });
      const step = async (name: string, body: () => Promise<unknown>) => {
        assert.ok(await context.step(name, async () => void await body()), name);
      };
      const clock = await ShiftedClock.create(folder);
      const { env } = clock;
      const old = await authorityWith(100);
      await setup.make(SECRETS, secretOf(old));
      await Promise.all([setup.add({ env }), setup.add({ env })]);
      await setup.isAsked();
      await step(
        `${REVIEWS} reviews while all certificates are renewed`,
        () => renewsEverything(setup, clock),
      );
      await step("a replica that is killed loses what it was asked", () => losesOneOf(setup));
      await step("an old authority that somebody restores is trusted again", async () => {
        const reviews = new Reviews(setup);
        await restore(setup, old);
        const late = await reviews.during(setup.add());
        const { count } = reviews;
        await reviews.during(
          waitUntil(() => reviews.count > count + 100 || undefined, { what: "reviews" }),
        );
        await reviews.end();
        await answersAlone(setup, late);
      });
      await step("replicas that find an expired authority agree on another one", async () => {
        await restore(setup, await authorityWith(-1));
        const [one, other] = await Promise.all([setup.add(), setup.add()]);
        await answersAlone(setup, one);
        const [, again] = [await other.end("SIGKILL"), await setup.add()];
        await answersAlone(setup, again);
      });
      for (const minutes of [-5, 5]) {
        await step(`a clock that is ${minutes} minutes off does no harm`, async () => {
          await clock.jumpTo(minutes * 60);
          await answersAlone(setup, await setup.add({ env }));
        });
      }
      await step("a given certificate that expires is told, and the next one is taken", () =>
        changesGiven(setup, { folder, clock }));
    }),
});
