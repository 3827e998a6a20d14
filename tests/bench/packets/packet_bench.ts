/**
 * The figures of the packet path: the agent, a reflector, Kea and dnsmasq on the same machine at the
 * same time. Writes the tables of docs/performance.md. A part of `./dev bench`; needs root.
 */

import { parseArgs } from "node:util";
import { NetworkNamespace, type NetworkPlace } from "../../support/network/network_namespace.ts";
import { BenchPool, COMPILED, FROM_SOURCE } from "./agent_subject.ts";
import {
  bootFigure,
  type Figure,
  floodFigures,
  idleFigure,
  memoryFigure,
  startFigure,
} from "./figures.ts";
import type { Load } from "./load.ts";
import { figureTable, openLoopTable, ratioFigures, throughputTable } from "./tables.ts";
import { writeTables } from "./performance_page.ts";
import { REFERENCES, REFLECTOR, type Subject, type SubjectKind } from "./subject.ts";
import { measureInTurns } from "./throughput.ts";

const WINDOWS = [1, 16, 64, 256];
const RATES = [10_000, 20_000, 40_000, 80_000];
/** Time for the runtime to compile the packet path. */
const WARM_UP: Load = { window: 64, seconds: 5 };

function say(text: string): void {
  console.error(`bench: ${text}`);
}

async function startAll(
  kinds: readonly SubjectKind[],
  clientPlace: NetworkPlace,
  cleanUp: AsyncDisposableStack,
): Promise<readonly Subject[]> {
  const subjects: Subject[] = [];
  for (const kind of kinds) {
    say(`starting ${kind.name}`);
    subjects.push(cleanUp.use(await kind.start(clientPlace)));
  }
  return subjects;
}

/** Options of the command line. */
interface Options {
  readonly seconds: number;
  readonly repetitions: number;
  readonly floodSeconds: number;
}

function parseOptions(): Options {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "2" },
      repetitions: { type: "string", default: "3" },
      "flood-seconds": { type: "string", default: "300" },
    },
  });
  return {
    seconds: Number(values.seconds),
    repetitions: Number(values.repetitions),
    floodSeconds: Number(values["flood-seconds"]),
  };
}

async function main({ seconds, repetitions, floodSeconds }: Options): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const pool = cleanUp.use(await BenchPool.create());
  const clientPlace = cleanUp.use(await NetworkNamespace.create());
  const ours = pool.agent(COMPILED);
  const kinds = [ours, pool.agent(FROM_SOURCE), REFLECTOR, ...REFERENCES];
  const subjects = await startAll(kinds, clientPlace, cleanUp);
  const [agent, fromSource, reflector] = subjects as readonly [Subject, Subject, Subject];
  const freshMemory = await memoryFigure(agent, "before any load");
  await measureInTurns([agent, fromSource], { loads: [WARM_UP], repetitions: 1, onProgress: say });
  const closed = await measureInTurns(subjects, {
    loads: WINDOWS.map((window) => ({ window, seconds })),
    repetitions,
    onProgress: say,
  });
  const open = await measureInTurns([agent, reflector, ...subjects.slice(3)], {
    loads: RATES.map((rate) => ({ rate, seconds })),
    repetitions: 1,
    onProgress: say,
  });
  say("single figures");
  const figures: readonly Figure[] = [
    ...ratioFigures(closed, WINDOWS),
    await bootFigure(agent),
    await idleFigure(agent),
    ...await floodFigures(agent, floodSeconds),
    freshMemory,
    await memoryFigure(agent, "after all this"),
    await startFigure(pool, COMPILED),
  ];
  const tables = {
    figures: figureTable("figure of the compiled agent", figures),
    throughput: throughputTable(closed, WINDOWS),
    "open loop": openLoopTable(open, RATES),
  };
  for (const [name, table] of Object.entries(tables)) console.log(`${name}\n\n${table}\n`);
  await writeTables(tables, { seconds, repetitions });
}

if (import.meta.main) await main(parseOptions());
