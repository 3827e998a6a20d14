import assert from "node:assert/strict";
import { loadCredentials, writeKubeconfig } from "./data_folder.ts";
import { DataFolderError } from "../../../lib/apiserver/store/data_folder_error.ts";

interface Folder extends AsyncDisposable {
  readonly path: string;
}

async function makeTempFolder(): Promise<Folder> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function permissionsOf(path: string): number {
  return Deno.statSync(path).mode! & 0o777;
}

Deno.test("loadCredentials() makes them once, for their owner only", async () => {
  await using folder = await makeTempFolder();
  const first = await loadCredentials(folder.path);
  assert.match(first.token, /^[0-9a-f]{64}$/);
  assert.match(first.cert, /^-----BEGIN CERTIFICATE-----\n/);
  assert.match(first.key, /^-----BEGIN PRIVATE KEY-----\n/);
  assert.deepEqual(await loadCredentials(folder.path), first);
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  assert.deepEqual(names, ["credentials.json"]);
  assert.equal(permissionsOf(`${folder.path}/credentials.json`), 0o600);
});

Deno.test("loadCredentials() replaces a certificate that ends, not the token", async () => {
  await using folder = await makeTempFolder();
  const path = `${folder.path}/credentials.json`;
  const first = await loadCredentials(folder.path);
  const stored = JSON.parse(Deno.readTextFileSync(path));
  const tenYearsMs = 10 * 365 * 86_400_000;
  Deno.writeTextFileSync(path, JSON.stringify({ ...stored, expiresMs: Date.now() + tenYearsMs }));
  const second = await loadCredentials(folder.path);
  assert.equal(second.token, first.token);
  assert.notEqual(second.cert, first.cert);
  assert.deepEqual(await loadCredentials(folder.path), second);
});

Deno.test("loadCredentials() keeps a certificate that ends when it cannot write another", async () => {
  await using folder = await makeTempFolder();
  const path = `${folder.path}/credentials.json`;
  const first = await loadCredentials(folder.path);
  const stored = JSON.parse(Deno.readTextFileSync(path));
  Deno.writeTextFileSync(path, JSON.stringify({ ...stored, expiresMs: 1 }));
  const open = Deno.open;
  Deno.open = () => Promise.reject(new Error("No space left on device"));
  try {
    assert.deepEqual(await loadCredentials(folder.path), first);
  } finally {
    Deno.open = open;
  }
});

Deno.test("loadCredentials() refuses a token that no client can send", async () => {
  await using folder = await makeTempFolder();
  const good = await loadCredentials(folder.path);
  const path = `${folder.path}/credentials.json`;
  const text = Deno.readTextFileSync(path);
  for (const token of ["", "a b", "a\\nb", "ä"]) {
    Deno.writeTextFileSync(path, text.replace(good.token, token));
    await assert.rejects(loadCredentials(folder.path), /is damaged: delete it/);
  }
});

const DAMAGED = [
  ...["", "{", "{}", "[]", '{"token":"t","cert":"c","key":"k"}'],
  `{"token":"t","cert":"c","key":"k","expiresMs":${Date.UTC(9999, 11, 31, 23, 59, 59)}}`,
];

for (const content of DAMAGED) {
  Deno.test(`loadCredentials() says what to do about a file with ${JSON.stringify(content)}`, async () => {
    await using folder = await makeTempFolder();
    Deno.writeTextFileSync(`${folder.path}/credentials.json`, content);
    await assert.rejects(
      loadCredentials(folder.path),
      (error) => error instanceof DataFolderError && /is damaged: delete it/.test(error.message),
    );
  });
}

Deno.test("loadCredentials() says which file it cannot write", async () => {
  await assert.rejects(
    loadCredentials("/proc"),
    (error) =>
      error instanceof DataFolderError &&
      /^\/proc\/credentials\.json cannot be written/.test(error.message),
  );
});

Deno.test("writeKubeconfig() replaces the file as a whole, for its owner only", async () => {
  await using folder = await makeTempFolder();
  const path = `${folder.path}/kubeconfig`;
  const credentials = await loadCredentials(folder.path);
  Deno.writeTextFileSync(path, "old", { mode: 0o644 });
  const http = "127.0.0.1:8080";
  await writeKubeconfig({ path, url: "https://127.0.0.1:1234", credentials, http });
  assert.equal(permissionsOf(path), 0o600);
  const config = JSON.parse(Deno.readTextFileSync(path));
  assert.equal(config.clusters[0].cluster.server, "https://127.0.0.1:1234");
  assert.equal(atob(config.clusters[0].cluster["certificate-authority-data"]), credentials.cert);
  assert.deepEqual(config.clusters[0].cluster.extensions, [
    { name: "vm-dhcp", extension: { http } },
  ]);
  assert.equal(config.users[0].user.token, credentials.token);
});
