/** The pages of metrics list the metrics that the program has, and the documents name no others. */

import assert from "node:assert/strict";
import { PROJECT } from "./project_path.ts";
import { readDocuments } from "./read_documents.ts";

/** The first words of metrics, with the names that controllers written in Go use. */
const METRIC =
  /\b(?:vmdhcp|vmdhcpagent|vmdhcpcontroller|workqueue|rest_client|leader_election|controller_runtime|informer|reflector|process)_[a-z_]*[a-z](?![a-z_*])/g;

/** Histograms are listed without the names of their parts. */
const PART = /_(?:bucket|sum|count)$/;

function metricsIn(text: string): readonly string[] {
  return [...new Set((text.match(METRIC) ?? []).map((name) => name.replace(PART, "")))];
}

function listedMetrics(): ReadonlySet<string> {
  const rows = readDocuments().flatMap(([, text]) => [
    ...text.matchAll(/^\| `(\w+)` \| (?:counter|gauge|histogram) \|/gm),
  ]);
  return new Set(rows.map(([, name]) => name!));
}

/** What the sources of a folder name metrics by: whole texts. */
function* metricsOfSources(folder: string): Iterable<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* metricsOfSources(`${folder}/${name}`);
    else if (/(?<!_test)\.ts$/.test(name)) {
      const text = Deno.readTextFileSync(`${folder}/${name}`);
      for (const [, quoted] of text.matchAll(/\bname: "([a-z_]+)"/g)) yield* metricsIn(quoted!);
    }
  }
}

Deno.test("every metric of the program is listed", () => {
  const listed = listedMetrics();
  const made = ["lib", "cmd"].flatMap((folder) => [...metricsOfSources(`${PROJECT}${folder}`)]);
  assert.ok(made.length > 40, "the sources have no metrics: look at the pattern");
  assert.deepEqual(made.filter((name) => !listed.has(name)), []);
});

Deno.test("the documents name only metrics that are listed", () => {
  const listed = listedMetrics();
  const unknown = readDocuments().flatMap(([page, text]) =>
    metricsIn(text).filter((name) => /^vmdhcp/.test(name) && !listed.has(name))
      .map((name) => `${page}: ${name}`)
  );
  assert.deepEqual(unknown, []);
});

Deno.test("a beginning of names is no metric, and a part of a histogram is the histogram", () => {
  const text =
    "`vmdhcpagent_*`, `vmdhcp_webhook_`, vmdhcpagent_a_bucket{x}, `vmdhcp_b_sum`, my_process_x";
  assert.deepEqual(metricsIn(text), ["vmdhcpagent_a", "vmdhcp_b"]);
});
