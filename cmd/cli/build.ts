/** Which version this is, and from which commit it was built. */

import project from "../../deno.json" with { type: "json" };

/** Version of the project, such as `0.1.0`. */
export const VERSION: string = project.version;

/**
 * One line such as `vm-dhcp 0.1.0 (commit 1a2b3c4, deno 2.9.6, linux/x86_64)`. The commit comes
 * from a file that `./dev compile` puts into the executable; from source there is none.
 */
export async function buildOf(): Promise<string> {
  const runtime = `deno ${Deno.version.deno}, ${Deno.build.os}/${Deno.build.arch}`;
  return `vm-dhcp ${VERSION} (${await commitOf()}, ${runtime})`;
}

async function commitOf(): Promise<string> {
  try {
    const file = new URL("../../dist/build.json", import.meta.url);
    const { commit }: { commit?: unknown } = JSON.parse(await Deno.readTextFile(file));
    return Deno.build.standalone && typeof commit === "string" ? `commit ${commit}` : "from source";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "from source";
    throw error;
  }
}
