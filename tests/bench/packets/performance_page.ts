/** Writes measurements into docs/performance.md. */

import { PROJECT } from "../../../tools/steps.ts";

const PAGE = `${PROJECT}/docs/performance.md`;

/**
 * Replaces the tables of the page, each between `<!-- NAME -->` and `<!-- end -->`.
 *
 * @throws {Error} when the page has no place for one of them.
 */
export async function writeTables(
  tables: Readonly<Record<string, string>>,
  { seconds, repetitions }: { readonly seconds: number; readonly repetitions: number },
): Promise<void> {
  const conditions = await describeConditions(seconds, repetitions);
  await writeSections({ conditions, ...tables });
}

/**
 * Replaces sections of the page.
 *
 * @throws {Error} when the page has no place for one of them.
 */
export async function writeSections(sections: Readonly<Record<string, string>>): Promise<void> {
  let page = await Deno.readTextFile(PAGE);
  for (const [name, text] of Object.entries(sections)) page = replaceSection(page, name, text);
  await Deno.writeTextFile(PAGE, page);
}

/** The page with another text in a section. */
function replaceSection(page: string, name: string, text: string): string {
  const begin = `<!-- ${name} -->\n`;
  const from = page.indexOf(begin);
  const to = page.indexOf("<!-- end -->", from);
  if (from < 0 || to < 0) throw new Error(`docs/performance.md has no section "${name}"`);
  return `${page.slice(0, from)}${begin}\n${text}\n\n${page.slice(to)}`;
}

async function describeConditions(seconds: number, repetitions: number): Promise<string> {
  const cpuInfo = await Deno.readTextFile("/proc/cpuinfo");
  const cpu = /^model name\s*: (.*)$/m.exec(cpuInfo)?.[1] ?? Deno.build.arch;
  const facts = [
    `${cpu}, ${navigator.hardwareConcurrency} cores`,
    `Linux ${Deno.osRelease()}`,
    `Deno ${Deno.version.deno} (deno run)`,
    `Kea ${await outputOf("kea-dhcp4", "-v")}`,
    (await outputOf("dnsmasq", "--version")).split("\n")[0]!.replace(/\s+Copyright.*/, ""),
    await describeCommit(),
    `${repetitions} repetitions of ${seconds} s`,
  ];
  return facts.map((fact) => `- ${fact}`).join("\n");
}

/** What is measured, and when. */
export async function describeCommit(): Promise<string> {
  const commit = await outputOf("git", "rev-parse", "--short", "HEAD");
  return `commit ${commit}, ${new Date().toISOString().slice(0, 10)}`;
}

async function outputOf(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(program, { args, cwd: PROJECT }).output();
  return new TextDecoder().decode(stdout).trim();
}
