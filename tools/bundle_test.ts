import assert from "node:assert/strict";
import type { Metafile } from "esbuild";
import { isTest, isTestPackage, isWithin } from "../tests/lint/layers.ts";
import { bundle, BundleError } from "./bundle.ts";

/** A bundle in a folder of its own; disposing removes it. */
class Bundle implements AsyncDisposable {
  private constructor(
    readonly folder: string,
    readonly metafile: Metafile,
    readonly cleanUp: AsyncDisposableStack,
  ) {}

  /** Of the program, or of other modules, of which the first is the entry. */
  static async of(modules: Readonly<Record<string, string>> = {}): Promise<Bundle> {
    await using cleanUp = new AsyncDisposableStack();
    const work = await Deno.makeTempDir();
    cleanUp.defer(() => Deno.remove(work, { recursive: true }));
    for (const [name, text] of Object.entries(modules)) {
      await Deno.writeTextFile(`${work}/${name}`, text);
    }
    const [name] = Object.keys(modules);
    const entry = name === undefined ? "main.ts" : `${work}/${name}`;
    const metafile = await bundle({ entry, work, commit: "1a2b3c4" });
    return new Bundle(work, metafile, cleanUp.move());
  }

  /** Runs the bundle and returns what it prints. */
  async run(...args: readonly string[]): Promise<string> {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-config", `${this.folder}/bundle/main.js`, ...args],
      stderr: "inherit",
    }).output();
    return new TextDecoder().decode(stdout).trimEnd();
  }

  /** The modules that are loaded when a command starts. */
  modulesOf(command: string): string[] {
    const { outputs } = this.metafile;
    const entries = Object.keys(outputs).filter((path) =>
      ["main.ts", `cmd/${command}.ts`].includes(outputs[path]!.entryPoint ?? "")
    );
    const loaded = new Set(entries);
    for (const path of loaded) {
      const now = outputs[path]!.imports.filter(({ kind }) => kind === "import-statement");
      for (const { path, external } of now) if (external !== true) loaded.add(path);
    }
    return [...loaded].flatMap((path) => Object.keys(outputs[path]!.inputs)).map(nameOf);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cleanUp.disposeAsync();
  }
}

/** A file of the project as it is, one of a package as `yaml/dist/index.js`. */
function nameOf(path: string): string {
  return path.split("node_modules/").at(-1)!;
}

function has(modules: readonly string[], place: string): boolean {
  return modules.some((module) => isWithin(module, place));
}

Deno.test("bundle() of the program", async (t) => {
  await using program = await Bundle.of();

  await t.step("has no test and no package of the tests", () => {
    const modules = Object.keys(program.metafile.inputs).map(nameOf);
    assert.ok(has(modules, "lib/agent") && has(modules, "ajv"));
    assert.deepEqual(modules.filter((name) => isTest(name) || isTestPackage(name)), []);
  });

  await t.step("loads for a command what it needs at its start", () => {
    const packages = ["ajv", "yaml", "@peculiar", "reflect-metadata"];
    const parts = ["lib/agent", "lib/apiserver", "lib/controller", "crds", ...packages];
    const loadedBy = (command: string) => {
      const modules = program.modulesOf(command);
      return parts.filter((part) => has(modules, part));
    };
    assert.deepEqual(loadedBy("version"), []);
    assert.deepEqual(loadedBy("agent"), ["lib/agent"]);
    assert.deepEqual(loadedBy("controller"), ["lib/controller"]);
    assert.deepEqual(loadedBy("crds"), ["crds"]);
    const standalone = ["lib/agent", "lib/apiserver", "lib/controller", "crds", "ajv", "yaml"];
    assert.deepEqual(loadedBy("standalone"), standalone);
  });

  await t.step("knows the commit", async () => {
    assert.match(await program.run("version"), /^vm-dhcp \S+ \(commit 1a2b3c4, deno /);
  });
});

Deno.test("bundle() lets CommonJS ask for modules of Node", async () => {
  await using program = await Bundle.of({
    "main.js": `import { size } from "./old.cjs"; console.log(size);`,
    "old.cjs": `const { inflateSync, deflateSync } = require("zlib");
      exports.size = inflateSync(deflateSync("abc")).length;`,
  });
  assert.equal(await program.run(), "3");
});

Deno.test("bundle() refuses a package of the tests", async () => {
  await assert.rejects(Bundle.of({ "main.js": `import "fast-check";` }), BundleError);
});
