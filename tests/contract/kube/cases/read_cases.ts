/** Lists, selectors, pages, tables and other forms of objects. */

import type { ContractCase, RecordedApi } from "../recorded_api.ts";
import { at } from "../../../support/apiserver/api_connection.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
const PARTIAL_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";

async function makeShelf(api: RecordedApi): Promise<void> {
  await api.make("a", { metadata: { labels: { shelf: "top", color: "red" } } });
  await api.make("b", { metadata: { labels: { shelf: "low" } } });
  await api.make("c", { metadata: { labels: { color: "red" } } });
  await api.make("d");
}

function query(values: Readonly<Record<string, string>>): string {
  return `?${new URLSearchParams(values)}`;
}

const LABEL_SELECTORS = [
  "shelf=top",
  "shelf==top",
  "shelf!=top",
  "shelf",
  "!shelf",
  "shelf in (top,low)",
  "shelf notin (top)",
  "shelf=top,color=red",
  "shelf=",
  "",
  "shelf>1",
  "shelf in top",
  "shelf=to p",
  "=top",
  "shelf,,color",
  "shelf=-top",
  `shelf=${"x".repeat(64)}`,
  "x".repeat(64),
  "Shelf/top",
  "example.com/shelf!=top",
  "shelf in ()",
  "shelf in (to p)",
  "shelf notin (,low)",
  "shelf>-5",
];

const FIELD_SELECTORS = [
  "metadata.name=a",
  "metadata.name!=a",
  "metadata.name=none",
  "metadata.name=a,metadata.namespace=elsewhere",
  "spec.size=2",
  "metadata.name",
  "metadata.name=a,",
  ",metadata.name=a",
  "metadata.name = a",
  "metadata.name=a=b",
  "metadata.name=a\\,b",
  "metadata.name!=a\\=b",
  "metadata.name=a\\b",
  "metadata.name=a\\",
  "metadata.labels.shelf=top",
];

export const READ_CASES: readonly ContractCase[] = [
  {
    name: "when labels select objects",
    async run(api) {
      await makeShelf(api);
      for (const labelSelector of LABEL_SELECTORS) {
        await api.get(`${api.gadgets}${query({ labelSelector })}`);
      }
    },
  },
  {
    name: "when fields select objects",
    async run(api) {
      await makeShelf(api);
      for (const fieldSelector of FIELD_SELECTORS) {
        await api.get(`${api.gadgets}${query({ fieldSelector })}`);
      }
      await api.get(
        `/apis/test.example.com/v1alpha1/gadgets${
          query({ fieldSelector: `metadata.namespace=${api.namespace}` })
        }`,
      );
    },
  },
  {
    name: "when lists come in pages",
    async run(api) {
      await makeShelf(api);
      const first = await api.get(`${api.gadgets}?limit=2`);
      const token = String(at(first.body, "metadata.continue"));
      await api.delete(`${api.gadgets}/c`);
      await api.make("e");
      await api.get(`${api.gadgets}${query({ limit: "1", continue: token })}`);
      await api.get(`${api.gadgets}${query({ limit: "5", continue: token })}`);
      await api.get(`${api.gadgets}${query({ continue: "nonsense" })}`);
      await api.get(
        `${api.gadgets}${query({ limit: "5", continue: token, resourceVersion: "5" })}`,
      );
      await api.get(`${api.gadgets}?limit=0`);
      await api.get(`${api.gadgets}?limit=4`);
      await api.get(`${api.gadgets}?limit=-1`);
      await api.get(`${api.gadgets}?limit=many`);
      await api.get(`${api.gadgets}${query({ limit: "1", labelSelector: "shelf" })}`);
    },
  },
  {
    name: "when lists of a version are requested",
    async run(api) {
      await makeShelf(api);
      // Version 0 is the state of a cache, which may be a little behind.
      await api.until(
        `${api.gadgets}?resourceVersion=0`,
        (list) => (at(list, "items") as unknown[]).length === 4,
      );
      for (
        const values of [
          { resourceVersion: "0" },
          { resourceVersion: "nonsense" },
          { resourceVersionMatch: "Exact" },
          { resourceVersionMatch: "NotOlderThan", resourceVersion: "0" },
          { resourceVersionMatch: "Exact", resourceVersion: "0" },
          { resourceVersionMatch: "Sometimes", resourceVersion: "1" },
        ]
      ) {
        await api.get(`${api.gadgets}${query(values)}`);
      }
      await api.get(`${api.gadgets}/a?resourceVersion=0`);
    },
  },
  {
    name: "when tables are requested",
    async run(api) {
      await makeShelf(api);
      await api.patch(`${api.gadgets}/a/status`, {
        status: { conditions: [{ type: "Ready", status: "True" }] },
      });
      const headers = { accept: TABLE };
      for (const include of ["", "?includeObject=None", "?includeObject=Object"]) {
        await api.get(`${api.gadgets}${include}`, headers);
        await api.get(`${api.gadgets}/a${include}`, headers);
      }
      await api.get(`${api.gadgets}?includeObject=Some`, headers);
      await api.get(`${api.gadgets}?limit=1`, headers);
      await api.get(`${api.gadgets}/none`, headers);
      await api.get(`/api/v1/namespaces/${api.namespace}`, headers);
    },
  },
  {
    name: "when metadata alone or an unknown format is requested",
    async run(api) {
      await makeShelf(api);
      await api.get(`${api.gadgets}/a`, { accept: PARTIAL });
      await api.get(api.gadgets, { accept: PARTIAL_LIST });
      await api.get(`${api.gadgets}/a`, { accept: `${PARTIAL},application/json` });
      await api.get(`${api.gadgets}/a`, { accept: "text/html" });
      await api.get(`${api.gadgets}/a`, { accept: "*/*" });
      await api.get(`${api.gadgets}/a`, { accept: "" });
      await api.get(`${api.gadgets}/a`, { accept: "application/yaml;q=0,application/json" });
    },
  },
  {
    name: "when a path or method does not exist",
    async run(api) {
      await api.make("a");
      await api.get(api.path("test.example.com/v1alpha1", "widgets"));
      await api.get(api.path("test.example.com/v9", "gadgets"));
      await api.get(api.path("none.example.com/v1", "gadgets"));
      await api.get(`${api.gadgets}/a/scale`);
      await api.get(`${api.gadgets}/a/b/c`);
      await api.get("/none");
      await api.post(`${api.gadgets}/a`, {});
      await api.put(api.gadgets, {});
      await api.send("PATCH", api.gadgets, { body: {} });
      await api.send("POST", `${api.gadgets}/a/status`, { body: {} });
      await api.get(api.gadgets.replace(api.namespace, "none"));
      await api.get(api.gadgets.replace(api.namespace, "Bad_Name"));
    },
  },
  {
    name: "when requests are not authenticated",
    async run(api) {
      await api.get(api.gadgets, { authorization: "Bearer wrong" });
      await api.get(api.gadgets, { authorization: "Basic eDp5" });
    },
  },
];
