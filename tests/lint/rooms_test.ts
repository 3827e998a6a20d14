import assert from "node:assert/strict";
import { importsOf } from "./import_graph.ts";
import { crowdedRooms, readSources, ROOM_FILES_MAX, unsharedSupport } from "./rooms.ts";
import { PROJECT } from "./project_path.ts";

const SOURCES = readSources(["cmd", "lib", "tests", "tools"]);

Deno.test(`no room holds more than ${ROOM_FILES_MAX} files besides unit tests`, () => {
  assert.deepEqual(crowdedRooms([...SOURCES.keys()]), []);
});

Deno.test("crowdedRooms() counts the files of a folder, without unit tests and inner rooms", () => {
  const files = Array.from({ length: 15 }, (_, index) => `lib/net/${index}.ts`);
  assert.deepEqual(crowdedRooms([...files, "lib/net/0_test.ts", "lib/net/inner/0.ts"]), []);
  assert.deepEqual(crowdedRooms([...files, "lib/net/15.ts"]), ["lib/net: 16 files"]);
});

Deno.test("each file of tests/support has at least two users", () => {
  assert.deepEqual(unsharedSupport(SOURCES), []);
});

Deno.test("tests/support imports nothing of the other folders of tests/", () => {
  const leaks = [...SOURCES].filter(([path]) => path.startsWith("tests/support/"))
    .flatMap(([path, source]) => importsOf(path, source).map((target) => `${path} -> ${target}`))
    .filter((line) => / -> tests\/(?!support\/)/.test(line));
  assert.deepEqual(leaks, []);
});

const HELPER = "tests/support/clocks/helper.ts";
const FROM_TESTS = "../support/clocks/helper.ts";
const FROM_LIB = "../../tests/support/clocks/helper.ts";

function importing(path: string): string {
  return `import "${path}";`;
}

function starting(path: string): string {
  return `new URL("${path}", import.meta.url);`;
}

const USES: readonly { name: string; files: Record<string, string>; unshared: string[] }[] = [
  {
    name: "names a helper of one test",
    files: { "tests/soak/a_test.ts": importing(FROM_TESTS) },
    unshared: [HELPER],
  },
  {
    name: "allows a helper of two tests",
    files: {
      "tests/soak/a_test.ts": importing(FROM_TESTS),
      "lib/net/b_test.ts": importing(FROM_LIB),
    },
    unshared: [],
  },
  {
    name: "allows a part of a helper of two tests",
    files: {
      "tests/support/kube/whole.ts": importing("../clocks/helper.ts"),
      "tests/soak/a_test.ts": importing("../support/kube/whole.ts"),
      "tests/soak/b_test.ts": importing("../support/kube/whole.ts"),
    },
    unshared: [],
  },
  {
    name: "does not count unit tests of the support",
    files: {
      "tests/support/clocks/helper_test.ts": importing("./helper.ts"),
      "tests/soak/a_test.ts": importing(FROM_TESTS),
    },
    unshared: [HELPER],
  },
  {
    name: "allows a program that one unit test starts",
    files: {
      "lib/net/a_test.ts": starting(FROM_LIB),
    },
    unshared: [],
  },
  {
    name: "names a program that one test across modules starts",
    files: { "tests/soak/a_test.ts": starting(FROM_TESTS) },
    unshared: [HELPER],
  },
];

for (const { name, files, unshared } of USES) {
  Deno.test(`unsharedSupport() ${name}`, () => {
    assert.deepEqual(
      unsharedSupport(new Map(Object.entries({ [HELPER]: "", ...files }))),
      unshared,
    );
  });
}

Deno.test("CONTRIBUTING names each folder of tests/ and each room of tests/support", () => {
  const text = Deno.readTextFileSync(`${PROJECT}CONTRIBUTING.md`);
  const folders = ["tests", "tests/support"].flatMap((parent) =>
    [...Deno.readDirSync(`${PROJECT}${parent}`)]
      .filter(({ isDirectory }) => isDirectory)
      .map(({ name }) => parent === "tests" ? `\`${name}/\`` : `\`support/${name}/\``)
  );
  assert.deepEqual(folders.filter((name) => !text.includes(name)), []);
});
