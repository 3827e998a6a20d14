/**
 * The compiled agent of a pool of 30,000 bindings on a kube-apiserver, while the pool rests and while it
 * changes as fast as the API server takes it: how long bound clients wait. The reflector has its turns on the same
 * cores, with a client of the API server beside it that watches the pool and reads nothing of what comes, so that it shows
 * how long the machine alone lets clients wait. Writes a table of docs/performance.md. A part of `./dev bench`;
 * needs root, `./dev kube` and `dist/vm-dhcp`.
 */

import { isExecutable } from "../../../tools/programs.ts";
import { ApiConnection } from "../../support/apiserver/api_connection.ts";
import { ControlPlane, type ControlPlaneAccess } from "../../support/cluster/control_plane.ts";
import {
  commandIn,
  createVethPair,
  HERE,
  NetworkNamespace,
  type NetworkPlace,
} from "../../support/network/network_namespace.ts";
import { PROGRAMS } from "../../support/process/standalone_process.ts";
import { makePool, POOL, POOLS } from "./bench_pool.ts";
import { type LoadResult, onCore, runLoad } from "../packets/load.ts";
import { writeSections } from "../packets/performance_page.ts";
import { residentMbOf } from "../packets/process_stats.ts";
import { markdownTable, spread } from "../packets/statistics.ts";
import { REFLECTOR, SERVER_CORE, serving, type Subject } from "../packets/subject.ts";

const BINDINGS = 30_000;
const ROUNDS = 3;
const SECONDS = 20;
/** Exchanges that begin each second. */
const RATE = 500;
/** Between the beginnings of two changes, at least. */
const CHANGE_MS = 50;

/** Changes the last binding of the pool again and again. @returns How often. */
async function changePool(access: ControlPlaneAccess, signal: AbortSignal): Promise<number> {
  using client = Deno.createHttpClient({ caCerts: [access.certificateAuthority], http2: false });
  const headers = {
    authorization: `Bearer ${access.token}`,
    "content-type": "application/json",
    accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
  };
  const url = `${access.server}${POOL}`;
  const asked = { headers: { ...headers, accept: "application/json" }, client };
  let text = await (await fetch(url, asked)).text();
  let changes = 0;
  for (; !signal.aborted; changes++) {
    const nextMs = performance.now() + CHANGE_MS;
    const body = text.replace(/52:54:ff:[0-9a-f:]+|"[^"]*"(?=\},"available")/, (found) => {
      const mac = `52:54:ff:00:00:${(changes % 256).toString(16).padStart(2, "0")}`;
      return found.startsWith('"') ? `"${mac}"` : mac;
    });
    const response = await fetch(`${url}/status`, { method: "PUT", headers, client, body });
    const answer = await response.text();
    if (!response.ok) throw new Error(`the pool's status is refused: ${answer}`);
    const version = /"resourceVersion":"\d+"/.exec(answer)![0];
    text = body.replace(/"resourceVersion":"\d+"/, version);
    const restMs = nextMs - performance.now();
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
  }
  return changes;
}

/** Reads a watch of the pool as text, until the signal aborts. */
async function watchPool(access: ControlPlaneAccess, signal: AbortSignal): Promise<void> {
  using client = Deno.createHttpClient({ caCerts: [access.certificateAuthority], http2: false });
  const headers = { authorization: `Bearer ${access.token}` };
  const url = `${access.server}${POOLS}?watch=true&fieldSelector=metadata.name%3Dbench`;
  try {
    const { body } = await fetch(url, { headers, client, signal });
    // The signal of `fetch` no longer reaches a body once it is collected.
    await body?.pipeTo(new WritableStream(), { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

interface Round {
  readonly load: LoadResult;
  readonly changesPerSecond: number;
  readonly residentMb: number;
}

async function measure(
  { subject, access, changes }: {
    readonly subject: Subject;
    readonly access: ControlPlaneAccess;
    readonly changes: boolean;
  },
): Promise<Round> {
  const stop = new AbortController();
  const changing = changes ? changePool(access, stop.signal) : Promise.resolve(0);
  const load = await runLoad(subject.load, { seconds: SECONDS, warmUpSeconds: 2, rate: RATE });
  stop.abort();
  const changesPerSecond = await changing / (SECONDS + 2);
  return { load, changesPerSecond, residentMb: await residentMbOf(subject.pid) };
}

function rowOf(name: string, rounds: readonly Round[]): readonly string[] {
  const of = (value: (round: Round) => number, digits = 0) => spread(rounds.map(value), digits);
  return [
    name,
    of(({ changesPerSecond }) => changesPerSecond, 1),
    of(({ load }) => load.exchangeUs.p50 / 1000, 1),
    of(({ load }) => load.exchangeUs.p99 / 1000, 1),
    of(({ load }) => load.exchangeUs.max / 1000, 1),
    of(({ load }) => load.lost),
    of(({ residentMb }) => residentMb),
  ];
}

/** The agent of the pool, on a cable of its own. */
async function startAgent(access: ControlPlaneAccess, clientPlace: NetworkPlace): Promise<Subject> {
  await using cleanUp = new AsyncDisposableStack();
  const cable = cleanUp.use(await createVethPair({ peerPlace: clientPlace }));
  const child = commandIn(HERE, [
    ...onCore(SERVER_CORE),
    ...COMMAND,
    ...["agent", "--ippool", "default/bench", "--nic", cable.name, "--http", "127.0.0.1:0"],
  ], {
    env: { KUBECONFIG: access.kubeconfig },
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  cleanUp.defer(async () => {
    child.kill("SIGTERM");
    await child.status;
  });
  const load = { place: clientPlace, interfaceName: cable.peerName };
  return await serving({ name: "vm-dhcp", pid: child.pid, load }, cleanUp);
}

/** The reflector, and a client that watches the pool as the agent does. */
async function startReflector(
  access: ControlPlaneAccess,
  clientPlace: NetworkPlace,
): Promise<Subject> {
  const subject = await REFLECTOR.start(clientPlace);
  const stop = new AbortController();
  const watching = watchPool(access, stop.signal);
  return {
    ...subject,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await watching;
      await subject[Symbol.asyncDispose]();
    },
  };
}

const isCompiled = await isExecutable(PROGRAMS.executable[0]);
const COMMAND = isCompiled ? PROGRAMS.executable : PROGRAMS.source;

async function bench(): Promise<void> {
  await using plane = await ControlPlane.start({ withoutControllers: true });
  {
    using api = new ApiConnection(plane.access);
    await makePool(api, BINDINGS);
  }
  await using place = await NetworkNamespace.create();
  const rounds = new Map<string, Round[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const start of [startAgent, startReflector]) {
      await using subject = await start(plane.access, place);
      for (const changes of [false, true]) {
        const name = `${subject.name}, ${changes ? "changing" : "at rest"}`;
        const result = await measure({ subject, access: plane.access, changes });
        rounds.set(name, [...rounds.get(name) ?? [], result]);
        console.error("bench:", ...rowOf(name, [result]));
      }
    }
  }
  const table = markdownTable([
    ["pool of 30,000", "changes/s", "median ms", "p99 ms", "worst ms", "lost", "resident MB"],
    ...rounds.entries().map(([name, results]) => rowOf(name, results)),
  ]);
  console.log(table);
  if (isCompiled) await writeSections({ "changing pool": table });
}

if (import.meta.main) await bench();
