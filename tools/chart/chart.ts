/** `./dev chart`: writes what follows from other parts of the chart, and packages it. */

import { type ChartTexts, withGenerated } from "./generated.ts";
import { prepareHelm } from "../kubernetes/helm.ts";
import { PROJECT, runLoudly } from "../steps.ts";

/** Folder of the chart. */
export const CHART = `${PROJECT}/chart`;

/** The files of the chart that {@link withGenerated} is about. */
export async function readChartTexts(): Promise<ChartTexts> {
  const [readme, schema, values] = await Promise.all(
    ["README.md", "values.schema.json", "values.yaml"].map((name) =>
      Deno.readTextFile(`${CHART}/${name}`)
    ),
  );
  return { "README.md": readme!, "values.schema.json": schema!, "values.yaml": values! };
}

async function writeAndPackage(): Promise<boolean> {
  for (const [name, text] of Object.entries(withGenerated(await readChartTexts()))) {
    await Deno.writeTextFile(`${CHART}/${name}`, text);
  }
  const helm = await prepareHelm();
  return await runLoudly(helm, "lint", "--strict", CHART) &&
    await runLoudly(helm, "package", CHART, "--destination", `${PROJECT}/dist`);
}

if (import.meta.main && !await writeAndPackage()) Deno.exitCode = 1;
