/** The measured servers: one process each, on a cable of its own. */

import { startReferenceServer } from "../../support/dhcp/reference_server.ts";
import {
  commandIn,
  createVethPair,
  NetworkNamespace,
  type NetworkPlace,
} from "../../support/network/network_namespace.ts";
import { type LoadPoint, onCore, runLoad } from "./load.ts";
import * as site from "./site.ts";
import { benchTool } from "./tools.ts";

/** Core of the servers. */
export const SERVER_CORE = 0;

const READY_SECONDS_MAX = 30;

/** A running server; disposing ends it. */
export interface Subject extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly load: LoadPoint;
  /** The address of its endpoints, if it has any. */
  readonly metricsUrl?: string;
}

/** A server to measure, and how to start it. @param clientPlace Where the generator will be. */
export interface SubjectKind {
  readonly name: string;
  readonly start: (clientPlace: NetworkPlace) => Promise<Subject>;
}

export const REFLECTOR: SubjectKind = { name: "C reflector", start: startReflector };

/** The other servers. */
export const REFERENCES: readonly SubjectKind[] = [
  { name: "Kea, 1 thread", start: (place) => startReference("Kea", place, 1) },
  { name: "Kea, 2 threads", start: (place) => startReference("Kea", place, 2) },
  { name: "dnsmasq", start: (place) => startReference("dnsmasq", place, 1) },
];

/** Waits until a server answers: a client gets its address within a moment. */
export async function untilServing({ name, load }: Pick<Subject, "name" | "load">): Promise<void> {
  for (let second = 0; second < READY_SECONDS_MAX; second++) {
    const { exchanges } = await runLoad(load, { seconds: 1, boot: true, clients: 1 });
    if (exchanges === 1) return;
  }
  throw new Error(`${name} did not answer within ${READY_SECONDS_MAX} seconds`);
}

async function startReflector(clientPlace: NetworkPlace): Promise<Subject> {
  await using cleanUp = new AsyncDisposableStack();
  const place = cleanUp.use(await NetworkNamespace.create());
  const cable = cleanUp.use(await createVethPair({ place, peerPlace: clientPlace }));
  const numbers = [site.SERVER_IP, site.FIRST_IP, site.FIRST_MAC, site.MAC_STEP].map(String);
  const command = [...onCore(SERVER_CORE), await benchTool("dhcp_reflector"), cable.name];
  const child = commandIn(place, [...command, ...numbers], { stdout: "null" }).spawn();
  cleanUp.defer(async () => {
    child.kill("SIGTERM");
    await child.status;
  });
  const load = { place: clientPlace, interfaceName: cable.peerName };
  return await serving({ name: REFLECTOR.name, pid: child.pid, load }, cleanUp);
}

async function startReference(
  program: "Kea" | "dnsmasq",
  clientPlace: NetworkPlace,
  threads: number,
): Promise<Subject> {
  await using cleanUp = new AsyncDisposableStack();
  const server = cleanUp.use(
    await startReferenceServer(program, {
      clientPlace,
      site: {
        subnet: site.SUBNET,
        serverIp: site.SERVER_ADDRESS,
        bindings: site.BINDINGS,
        threads,
        // Two threads on one core would only disturb each other.
        enter: threads > 1 ? [] : onCore(SERVER_CORE),
      },
    }),
  );
  const name = program === "dnsmasq"
    ? program
    : `${program}, ${threads} thread${threads > 1 ? "s" : ""}`;
  const load = { place: clientPlace, interfaceName: server.interfaceName };
  return await serving({ name, pid: server.pid, load }, cleanUp);
}

/** A subject that answers; disposing removes what was set up for it. */
export async function serving(
  started: Omit<Subject, typeof Symbol.asyncDispose>,
  cleanUp: AsyncDisposableStack,
): Promise<Subject> {
  const subject = { ...started, [Symbol.asyncDispose]: () => cleanUp.disposeAsync() };
  await untilServing(subject);
  const owned = cleanUp.move();
  return { ...started, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
