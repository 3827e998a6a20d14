import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { DataFolderError } from "./data_folder_error.ts";
import { openDatabase } from "./database.ts";
import { RevisionMark } from "./revision_mark.ts";

const NOW_MS = Date.parse("2026-01-02T03:04:05.678Z");
const STAMP = "20260102T030405Z";

interface Folder extends Disposable {
  readonly path: string;
  names(): string[];
}

function makeFolder(): Folder {
  const folder = Deno.makeTempDirSync();
  return {
    path: `${folder}/state.db`,
    names: () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

function openError(path: string): DataFolderError {
  try {
    openDatabase(path, NOW_MS).close();
  } catch (error) {
    assert.ok(error instanceof DataFolderError, `not a DataFolderError: ${error}`);
    return error;
  }
  throw new Error(`${path} was opened`);
}

function execute(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

Deno.test("openDatabase() makes a database, and finds it again with what it held", () => {
  using folder = makeFolder();
  const first = openDatabase(folder.path, NOW_MS);
  first.exec("UPDATE counter SET revision = 42");
  first.close();
  const second = openDatabase(folder.path, NOW_MS);
  assert.equal(second.prepare("SELECT revision FROM counter").get()?.["revision"], 42);
  second.close();
});

Deno.test("openDatabase() makes commits durable before they return", () => {
  using folder = makeFolder();
  const database = openDatabase(folder.path, NOW_MS);
  const FULL = 2;
  assert.equal(database.prepare("PRAGMA journal_mode").get()?.["journal_mode"], "wal");
  assert.equal(database.prepare("PRAGMA synchronous").get()?.["synchronous"], FULL);
  database.close();
});

Deno.test("openDatabase() refuses a database of a newer release and leaves it as it is", () => {
  using folder = makeFolder();
  execute(folder.path, "PRAGMA user_version = 2; CREATE TABLE later (a)");
  const before = Deno.readFileSync(folder.path);
  assert.match(openError(folder.path).message, /newer release \(format 2, this one knows 1\): run/);
  assert.deepEqual(Deno.readFileSync(folder.path), before);
  assert.deepEqual(folder.names(), ["state.db"]);
});

Deno.test("openDatabase() leaves the database of another program alone", () => {
  using folder = makeFolder();
  execute(folder.path, "CREATE TABLE music (title)");
  assert.match(openError(folder.path).message, /is a database of something else: choose another/);
  assert.deepEqual(folder.names(), ["state.db"]);
});

Deno.test("openDatabase() leaves a database with our version and none of our tables alone", () => {
  using folder = makeFolder();
  execute(folder.path, "CREATE TABLE music (title); PRAGMA user_version = 1");
  assert.match(openError(folder.path).message, /is a database of something else: choose another/);
  assert.deepEqual(folder.names(), ["state.db"]);
});

const ROW = "INSERT INTO objects VALUES ('pods', 'default', 'a', 'u', 2, 3";
for (
  const [what, sql] of [
    ["a table is missing", "DROP TABLE counter"],
    ["a column is missing", "ALTER TABLE objects DROP COLUMN written_ms"],
    ["the counter is missing", "DELETE FROM counter"],
    ["the counter is no number", "UPDATE counter SET revision = 'x'"],
    ["an object is no JSON", `${ROW}, '{"metadata":{"na')`],
    ["a version is no number", `${ROW.replace(" 2,", " 'x',")}, '{}')`],
  ] as const
) {
  Deno.test(`openDatabase() puts a database aside in which ${what}`, () => {
    using folder = makeFolder();
    openDatabase(folder.path, NOW_MS).close();
    execute(folder.path, sql);
    assert.match(openError(folder.path).message, /is damaged or not a database; it was renamed/);
    assert.deepEqual(folder.names().filter((name) => !name.endsWith("-wal")), [
      `state.db.damaged-${STAMP}`,
    ]);
  });
}

for (
  const [what, content] of [
    ["something else", "This is a letter, not a database. ".repeat(10)],
    ["empty", ""],
    ["cut off", "SQLite format 3\0"],
  ] as const
) {
  Deno.test(`openDatabase() puts a file that is ${what} aside and says what to do`, () => {
    using folder = makeFolder();
    Deno.writeTextFileSync(folder.path, content);
    const aside = `state.db.damaged-${STAMP}`;
    const { message } = openError(folder.path);
    assert.match(message, new RegExp(`renamed to .*/${aside}\\. Restore a backup to`));
    assert.deepEqual(folder.names(), [aside]);
    assert.equal(Deno.readTextFileSync(`${folder.path}.damaged-${STAMP}`), content);
  });
}

Deno.test("openDatabase() puts a database with broken pages aside, with its log", () => {
  using folder = makeFolder();
  openDatabase(folder.path, NOW_MS).close();
  execute(
    folder.path,
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) " +
      "INSERT INTO objects SELECT 's', '', i, '', 0, 0, hex(randomblob(500)) FROM n",
  );
  const bytes = Deno.readFileSync(folder.path);
  bytes.fill(0xa5, 3 * 4096, bytes.length);
  Deno.writeFileSync(folder.path, bytes);
  assert.match(openError(folder.path).message, /is damaged or not a database; it was renamed to/);
  assert.deepEqual(folder.names(), [`state.db.damaged-${STAMP}`]);
});

Deno.test("openDatabase() never puts one damaged file onto another", () => {
  using folder = makeFolder();
  for (const content of ["first damaged file", "second damaged file"]) {
    Deno.writeTextFileSync(folder.path, content);
    openError(folder.path);
  }
  assert.deepEqual(folder.names(), [
    `state.db.damaged-${STAMP}`,
    `state.db.damaged-${STAMP}-2`,
  ]);
});

Deno.test("openDatabase() does not start empty while a damaged database lies aside", () => {
  using folder = makeFolder();
  Deno.writeTextFileSync(folder.path, "damaged");
  openError(folder.path);
  const { message } = openError(folder.path);
  assert.match(message, /is missing, and a damaged one lies aside \(state\.db\.damaged-/);
  assert.match(message, /restore a backup to .* or delete the damaged file to start empty/);
  Deno.removeSync(`${folder.path}.damaged-${STAMP}`);
  openDatabase(folder.path, NOW_MS).close();
});

Deno.test("openDatabase() does not start empty, and keeps the log, while only the log is there", () => {
  using folder = makeFolder();
  Deno.writeTextFileSync(`${folder.path}-wal`, "changes");
  const { message } = openError(folder.path);
  assert.match(message, /is missing, and its log .*state\.db-wal is there: put .*state\.db back/);
  assert.deepEqual(folder.names(), ["state.db-wal"]);
  Deno.writeTextFileSync(`${folder.path}-wal`, "");
  openDatabase(folder.path, NOW_MS).close();
});

Deno.test("openDatabase() does not start empty while the mark says that there was a record", () => {
  using folder = makeFolder();
  const mark = new RevisionMark(folder.path);
  mark.note(7);
  mark.close();
  const { message } = openError(folder.path);
  assert.match(
    message,
    /is missing, and its mark .*state\.db-revision is there: put .*state\.db back/,
  );
  Deno.removeSync(`${folder.path}-revision`);
  openDatabase(folder.path, NOW_MS).close();
});

Deno.test("openDatabase() starts empty once the database that lay aside is deleted alone", () => {
  using folder = makeFolder();
  Deno.writeTextFileSync(folder.path, "damaged");
  for (const suffix of ["-wal", "-revision"]) Deno.writeTextFileSync(folder.path + suffix, suffix);
  openError(folder.path);
  const aside = `state.db.damaged-${STAMP}`;
  assert.deepEqual(folder.names(), [aside, `${aside}-revision`, `${aside}-wal`]);
  assert.match(openError(folder.path).message, new RegExp(`lies aside \\(${aside}\\): restore`));
  Deno.removeSync(`${folder.path}.damaged-${STAMP}`);
  openDatabase(folder.path, NOW_MS).close();
});

Deno.test("openDatabase() takes a restored backup although a damaged one lies aside", () => {
  using folder = makeFolder();
  openDatabase(folder.path, NOW_MS).close();
  Deno.writeTextFileSync(`${folder.path}.damaged-${STAMP}`, "damaged");
  openDatabase(folder.path, NOW_MS).close();
});

Deno.test("openDatabase() says which folder cannot be written", () => {
  const { message } = openError("/proc/state.db");
  assert.match(message, /^\/proc\/state\.db cannot be written: see that its folder exists/);
});

Deno.test("openDatabase() says when the folder is missing", () => {
  using folder = makeFolder();
  assert.match(openError(`${folder.path}/missing/state.db`).message, /see that its folder exists/);
});

Deno.test("openDatabase() refuses a database that another process holds, until that dies", async () => {
  using folder = makeFolder();
  const holder = new URL("../../../tests/support/apiserver/database_holder.ts", import.meta.url);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", holder.pathname, folder.path],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  assert.match(openError(folder.path).message, /is in use by another process: end that one/);
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  openDatabase(folder.path, NOW_MS).close();
});

Deno.test("openDatabase() makes a database after the process that did so before was killed", async () => {
  const holder = new URL("../../../tests/support/apiserver/database_holder.ts", import.meta.url);
  for (let kill = 0; kill < 5; kill++) {
    using folder = makeFolder();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-check", holder.pathname, folder.path],
      stdout: "null",
    }).spawn();
    // The first file is the beginning of the database; not awaiting anything, this sees it at once.
    const endMs = performance.now() + 20_000;
    while (folder.names().length === 0 && performance.now() < endMs);
    const waitMs = performance.now() + kill;
    while (performance.now() < waitMs);
    child.kill("SIGKILL");
    await child.status;
    openDatabase(folder.path, NOW_MS).close();
  }
});
