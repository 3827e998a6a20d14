/** The CustomResourceDefinitions that the executable carries. */

const FILES = ["ippool.yaml", "virtualmachinenetworkconfig.yaml"];

/** Texts of the files in `crds/`, one definition each. */
export function readCrdTexts(): Promise<string[]> {
  return Promise.all(
    FILES.map((file) => Deno.readTextFile(new URL(`../../crds/${file}`, import.meta.url))),
  );
}
