/** Goes through what can be wrong with VM networks, and reads what an operator would. */

import assert from "node:assert/strict";
import { ippoolSample } from "../apiserver/samples.ts";
import { applyVms, type BrokenSite, kubectl, PLACES, untilSaid, vmDhcp } from "./broken_site.ts";
import { askQuestions } from "./operator_questions.ts";
import { OTHER_SERVER_ANSWERS, type Situation, SITUATIONS } from "./situations.ts";

/** A manifest that nobody can follow. */
const BAD_POOL = ippoolSample({
  metadata: { name: "bad" },
  spec: { networkName: "default/net-60" },
  ipv4Config: { leaseTime: "soon" },
});

/** Makes pools and VMs, and goes through everything that can be wrong with them, at all places at once. */
export async function goThroughSituations(site: BrokenSite): Promise<void> {
  const items = PLACES.map(({ pool, networkName, prefix }) =>
    ippoolSample({
      metadata: { name: pool },
      spec: { networkName },
      ipv4Config: {
        ...{ serverIP: `${prefix}.77`, cidr: `${prefix}.0/24`, router: `${prefix}.1` },
        pool: {
          ...{ start: `${prefix}.81`, end: `${prefix}.90` },
          exclude: [`${prefix}.81`, `${prefix}.90`],
        },
      },
    })
  );
  await kubectl(site, ["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items });
  await applyVms(
    site,
    ...PLACES.map(({ vm, mac, networkName }) => ({ name: vm, mac, networkName })),
  );
  await using early = new AsyncDisposableStack();
  for (const [place, network] of site.networks.entries()) {
    if (isBrokenEarly(place)) await SITUATIONS[place]![0]!.arrange(site, network, early);
  }
  await site.serve();
  for (const [place, { vm, pool }] of PLACES.entries()) {
    if (isBrokenEarly(place)) continue;
    const answered = new RegExp(`agents of ippool default/${pool} answer`);
    await untilSaid(vm, () => describe(site, vm), answered);
  }
  const courses = SITUATIONS.map((situations, place) => goThrough(site, place, situations));
  // None of them is still asking when the site is taken down, also where another one has failed.
  await Promise.allSettled(courses);
  await Promise.all(courses);
  const said = await site.giveManifest(BAD_POOL);
  assert.match(said, /spec\.ipv4Config\.leaseTime/, "a manifest that is wrong");
}

/** Whether the first situation of a place is there from the beginning. */
function isBrokenEarly(place: number): boolean {
  return SITUATIONS[place]![0]!.isEarly === true;
}

async function goThrough(
  site: BrokenSite,
  place: number,
  situations: readonly Situation[],
): Promise<void> {
  for (const situation of situations) {
    const begins = site.logs.map(({ lines }) => situation.isEarly ? 0 : lines.length);
    await using undo = new AsyncDisposableStack();
    if (!situation.isEarly) await situation.arrange(site, site.networks[place]!, undo);
    const logged = () => site.logs.flatMap(({ lines }, i) => lines.slice(begins[i]));
    await readEverything(site, situation, () => logged().filter(isSaid).join("\n"));
    // A stranger has asked, and another server answers.
    if (situation === OTHER_SERVER_ANSWERS) await askQuestions(site);
  }
}

async function readEverything(
  site: BrokenSite,
  { name, vm, pool, describe: described, explain, log }: Situation,
  logged: () => string,
): Promise<void> {
  await untilSaid(`${name}: the log`, logged, log);
  await untilSaid(`${name}: explain`, async () => {
    const [verdict = ""] = (await vmDhcp(site, "explain", "vm", vm)).split("\n");
    return verdict;
  }, explain);
  if (pool !== undefined) {
    const { pool: poolName } = PLACES.find((place) => place.vm === vm)!;
    const ask = () => kubectl(site, ["describe", "ippool", poolName]);
    await untilSaid(`${name}: describe of the pool`, ask, pool);
  }
  await untilSaid(`${name}: describe`, () => describe(site, vm), described);
}

/** What an operator reads without asking for details. */
function isSaid(line: string): boolean {
  return !line.includes('"level":"debug"');
}

function describe(site: BrokenSite, vm: string): Promise<string> {
  return kubectl(site, ["describe", "virtualmachinenetworkconfig", vm]);
}
