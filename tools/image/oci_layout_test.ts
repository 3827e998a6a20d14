import assert from "node:assert/strict";
import { type LayoutImage, unpackImage, writeArchive } from "./oci_layout.ts";
import { run } from "./run.ts";

/** Writes a blob of a layout. @returns What refers to it. */
async function writeBlob(folder: string, mediaType: string, bytes: Uint8Array<ArrayBuffer>) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  await Deno.writeFile(`${folder}/blobs/sha256/${hash}`, bytes);
  return { mediaType, digest: `sha256:${hash}`, size: bytes.length };
}

/** An image of one file, as an engine leaves it. */
async function makeImage(folder: string, arch: LayoutImage["arch"]): Promise<LayoutImage> {
  await Deno.mkdir(`${folder}/blobs/sha256`, { recursive: true });
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const files = `${folder}-files`;
  await Deno.mkdir(files);
  await Deno.writeTextFile(`${files}/program`, "the same for all");
  await run("tar", "--mtime=@0", "-C", files, "-cf", `${folder}-layer`, "program");
  const layer = await writeBlob(folder, "layer", await Deno.readFile(`${folder}-layer`));
  const config = await writeBlob(folder, "config", json({ architecture: arch, os: "linux" }));
  const manifest = await writeBlob(folder, "manifest", json({ config, layers: [layer] }));
  const index = { manifests: [{ ...manifest, annotations: { "of the engine": "1" } }] };
  await Deno.writeTextFile(`${folder}/index.json`, JSON.stringify(index));
  await Deno.writeTextFile(`${folder}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
  return { arch, folder };
}

async function readJson(folder: string, digest: string) {
  return JSON.parse(await Deno.readTextFile(`${folder}/blobs/${digest.replace(":", "/")}`));
}

Deno.test("writeArchive() of two architectures has an index that names both", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const archive = async (work: string) => {
      await Deno.mkdir(`${folder}/${work}`);
      const images = [
        await makeImage(`${folder}/${work}/amd64`, "amd64"),
        await makeImage(`${folder}/${work}/arm64`, "arm64"),
      ];
      return await writeArchive(`${folder}/${work}.tar`, "example.com/a:1", images);
    };
    const digest = await archive("first");
    const read = `${folder}/read`;
    await Deno.mkdir(read);
    await run("tar", "-C", read, "-xf", `${folder}/first.tar`);

    const { manifests: [image, ...others] } = JSON.parse(
      await Deno.readTextFile(`${read}/index.json`),
    );
    assert.equal(image.digest, digest);
    assert.equal(image.annotations["io.containerd.image.name"], "example.com/a:1");
    assert.deepEqual(others, []);
    const { manifests } = await readJson(read, digest);
    for (const [at, arch] of ["amd64", "arm64"].entries()) {
      assert.deepEqual(manifests[at].platform, { architecture: arch, os: "linux" });
      const { config, layers } = await readJson(read, manifests[at].digest);
      assert.equal((await readJson(read, config.digest)).architecture, arch);
      await Deno.stat(`${read}/blobs/${layers[0].digest.replace(":", "/")}`);
    }
    assert.equal(await archive("second"), digest, "the same images make the same archive");
    assert.deepEqual(
      await Deno.readFile(`${folder}/first.tar`),
      await Deno.readFile(`${folder}/second.tar`),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("unpackImage() gives the files of each image, also of one that is in an archive", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const images = [
      await makeImage(`${folder}/amd64`, "amd64"),
      await makeImage(`${folder}/arm64`, "arm64"),
    ];
    await writeArchive(`${folder}/archive.tar`, "example.com/a:1", images);
    for (const image of images) {
      const root = `${folder}/root-${image.arch}`;
      const bytes = await unpackImage(image, root);
      assert.equal(await Deno.readTextFile(`${root}/program`), "the same for all");
      assert.ok(bytes >= "the same for all".length);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
