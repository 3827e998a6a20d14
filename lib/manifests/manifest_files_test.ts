import assert from "node:assert/strict";
import { formatProblem } from "./manifest_documents.ts";
import { readManifests } from "./manifest_files.ts";
import { inFolder } from "../../tests/support/harness/in_folder.ts";

const { signal } = new AbortController();
const TEXT = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: lab\n";

interface Case {
  readonly name: string;
  /** Fills the folder; `at` makes a path in it. */
  readonly make: (at: (name: string) => string) => void;
  /** What is read; the folder when absent. */
  readonly file?: string;
  readonly objects?: number;
  /** After the folder's name. */
  readonly problems?: readonly string[];
}

function utf16(text: string, isBigEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * text.length + 2));
  [...`\ufeff${text}`].forEach((letter, i) =>
    view.setUint16(2 * i, letter.charCodeAt(0), !isBigEndian)
  );
  return new Uint8Array(view.buffer);
}

function command(name: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(name, { args }).outputSync();
  assert.ok(success, new TextDecoder().decode(stderr));
}

const CASES: readonly Case[] = [
  {
    name: "files of the three extensions, and no others",
    make: (at) => {
      ["a.yaml", "b.yml", "c.json"].forEach((name, i) =>
        Deno.writeTextFileSync(at(name), TEXT.replace("lab", `lab${i}`))
      );
      for (const name of ["d.txt", "e.yaml.bak", "f.YAML"]) Deno.writeTextFileSync(at(name), "{");
    },
    objects: 3,
  },
  {
    name: "nothing of what editors leave",
    make: (at) => {
      Deno.writeTextFileSync(at("a.yaml"), TEXT);
      for (
        const name of [".a.yaml.swp", "a.yaml~", "#a.yaml#", "#b.yaml", ".hidden.yaml", ".a.yaml"]
      ) {
        Deno.writeTextFileSync(at(name), "{");
      }
      Deno.symlinkSync("me@host.1234:5678", at(".#a.yaml"));
    },
    objects: 1,
  },
  {
    name: "a mounted ConfigMap",
    make: (at) => {
      Deno.mkdirSync(at("..2026_01_01"));
      Deno.writeTextFileSync(at("..2026_01_01/a.yaml"), TEXT);
      Deno.symlinkSync("..2026_01_01", at("..data"));
      Deno.symlinkSync("..data/a.yaml", at("a.yaml"));
    },
    objects: 1,
  },
  {
    name: "no folder, whatever its name",
    make: (at) => {
      Deno.mkdirSync(at("sub.yaml"));
      Deno.writeTextFileSync(at("sub.yaml/b.yaml"), "{");
      Deno.writeTextFileSync(at("a.yaml"), TEXT);
    },
    objects: 1,
  },
  {
    name: "UTF-8 with a byte order mark",
    make: (at) => Deno.writeTextFileSync(at("a.yaml"), `\ufeff${TEXT}`),
    objects: 1,
  },
  {
    name: "UTF-16, little end first",
    make: (at) => Deno.writeFileSync(at("a.yaml"), utf16(TEXT, false)),
    objects: 1,
  },
  {
    name: "UTF-16, big end first",
    make: (at) => Deno.writeFileSync(at("a.yaml"), utf16(TEXT, true)),
    objects: 1,
  },
  {
    name: "bytes that are no UTF-8, with their line",
    make: (at) =>
      Deno.writeFileSync(
        at("a.yaml"),
        Uint8Array.from([...new TextEncoder().encode(TEXT), 35, 0xff, 10]),
      ),
    problems: ["/a.yaml:5: has bytes that are no UTF-8"],
  },
  {
    name: "half a character of UTF-16",
    make: (at) => Deno.writeFileSync(at("a.yaml"), utf16(TEXT, false).subarray(0, -1)),
    problems: ["/a.yaml:4: has bytes that are no UTF-16LE"],
  },
  {
    name: "an empty folder",
    make: () => {},
    problems: [":1: the folder has no files that end in .yaml, .yml or .json"],
  },
  {
    name: "a folder that is missing",
    make: () => {},
    file: "none",
    problems: ["/none:1: there is no such file or folder"],
  },
  {
    name: "a link to nothing",
    make: (at) => Deno.symlinkSync("gone\u001b[31m", at("a.yaml")),
    problems: ["/a.yaml:1: links to gone\\u001b[31m, which does not exist"],
  },
  {
    name: "a link to itself",
    make: (at) => Deno.symlinkSync("a.yaml", at("a.yaml")),
    problems: ["/a.yaml:1: links to itself"],
  },
  {
    name: "a link to a folder",
    make: (at) => {
      Deno.mkdirSync(at("sub"));
      Deno.symlinkSync("sub", at("a.yaml"));
    },
    problems: ["/a.yaml:1: is a folder"],
  },
  {
    name: "a pipe",
    make: (at) => command("mkfifo", at("a.yaml")),
    problems: ["/a.yaml:1: is no regular file"],
  },
  {
    name: "a pipe that is named",
    make: (at) => command("mkfifo", at("a")),
    file: "a",
    problems: ["/a:1: is no regular file"],
  },
  {
    name: "a device",
    make: (at) => Deno.symlinkSync("/dev/zero", at("a.yaml")),
    problems: ["/a.yaml:1: is no regular file"],
  },
  {
    name: "a large file",
    make: (at) => Deno.truncateSync(create(at("a.yaml")), 17 * 1024 * 1024),
    problems: ["/a.yaml:1: is larger than 16 MiB"],
  },
  {
    name: "a name that steers a terminal",
    make: (at) => Deno.writeTextFileSync(at("\u001b[31m\n.yaml"), "a"),
    problems: ["/\\u001b[31m .yaml:1: the document is not a mapping of fields"],
  },
];

function create(path: string): string {
  Deno.writeTextFileSync(path, "");
  return path;
}

for (const { name, make, file, objects = 0, problems = [] } of CASES) {
  Deno.test(`readManifests() meets ${name}`, () =>
    inFolder(async (folder) => {
      make((name) => `${folder}/${name}`);
      const read = await readManifests([file === undefined ? folder : `${folder}/${file}`], signal);
      assert.deepEqual(
        read.problems.map(formatProblem),
        problems.map((line) => `${folder}${line}`),
      );
      assert.equal(read.objects.length, objects);
    }));
}

Deno.test("readManifests() lets others work between two documents", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, Array.from({ length: 50 }, () => TEXT).join("---\n"));
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const { objects } = await readManifests([file], signal);
    clearInterval(timer);
    assert.equal(objects.length, 50);
    assert.ok(turns > 0);
  } finally {
    await Deno.remove(file);
  }
});
