/** Pods, Deployments and Secrets, which the embedded server only stores. */

import type { JsonObject } from "../../../../lib/base/json.ts";
import { type ContractCase, type RecordedApi, STRATEGIC_PATCH } from "../recorded_api.ts";

const TABLE = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
const LABELS = { app: "x" };

function secret(name: string, more: JsonObject): JsonObject {
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, ...more };
}

function podSpec(image = "x"): JsonObject {
  return { containers: [{ name: "x", image }] };
}

function pod(name: string, spec: JsonObject = podSpec()): JsonObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, labels: LABELS }, spec };
}

function deployment(name: string, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      selector: { matchLabels: LABELS },
      template: { metadata: { labels: LABELS }, spec: podSpec() },
      ...spec,
    },
  };
}

/** Records answers, not stored objects: kube-apiserver adds many defaults that we do not need. */
async function brief(api: RecordedApi, ask: () => Promise<unknown>): Promise<void> {
  await ask();
  const { request, result } = api.steps.pop()!;
  const { status, body } = result as { readonly status: number; readonly body: JsonObject };
  const { spec: _spec, status: _status, ...rest } = body;
  api.steps.push({ request, result: { status, body: body["kind"] === "Status" ? body : rest } });
}

export const WORKLOAD_CASES: readonly ContractCase[] = [
  {
    name: "when Secrets are created, changed and shown",
    async run(api) {
      const path = api.path("v1", "secrets");
      await api.post(path, secret("a", { stringData: { user: "zoë" }, data: { key: "aGk=" } }));
      await api.get(`${path}/a`);
      await api.patch(`${path}/a`, { stringData: { more: "1" } }, STRATEGIC_PATCH);
      await api.patch(`${path}/a`, { data: { key: null } });
      await api.patch(`${path}/a`, { type: "example.com/other" });
      await api.post(path, secret("b", { data: { key: "no base64" } }));
      await api.post(path, secret("c", { immutable: true, data: { key: "aGk=" } }));
      await api.patch(`${path}/c`, { data: { key: "aGv=" } });
      await api.patch(`${path}/c`, { immutable: false });
      await api.patch(`${path}/c`, { metadata: { labels: { x: "y" } } });
      await api.get(path, TABLE);
      await api.get(`${path}?fieldSelector=type%3DOpaque`);
      await api.get(`${path}?fieldSelector=data%3Dx`);
      await api.delete(`${path}/a`);
      await api.delete(path);
    },
  },
  {
    name: "when Pods are created, get a status and are shown",
    async run(api) {
      const path = api.path("v1", "pods");
      await brief(api, () => api.post(path, pod("a")));
      await brief(api, () => api.post(path, pod("none", {})));
      await brief(api, () => api.post(path, pod("none", { containers: [{ name: "x" }] })));
      await brief(api, () => api.post(path, pod("none", { containers: [{ image: "x" }] })));
      const container = { name: "x", image: "x", imageID: "x", ready: true, restartCount: 2 };
      const status = { phase: "Running", podIP: "10.0.0.1", containerStatuses: [container] };
      await brief(api, () => api.patch(`${path}/a/status`, { status }, STRATEGIC_PATCH));
      await api.get(path, TABLE);
      await brief(api, () => api.get(`${path}/a`));
      for (const field of ["status.phase=Running", "spec.nodeName=", "status.podIP=10.0.0.2"]) {
        await api.get(`${path}?fieldSelector=${encodeURIComponent(field)}`, TABLE);
      }
      await brief(api, () => api.delete(`${path}/a`));
      await api.get(`${path}/a`);
    },
  },
  {
    name: "when Deployments are created, get a status and are shown",
    async run(api) {
      const path = api.path("apps/v1", "deployments");
      await brief(api, () => api.post(path, deployment("a")));
      await brief(api, () => api.post(path, deployment("none", { selector: undefined })));
      const other = { metadata: { labels: { app: "y" } }, spec: podSpec() };
      await brief(api, () => api.post(path, deployment("none", { template: other })));
      const image = { spec: { template: { spec: podSpec("y") } } };
      await brief(api, () => api.patch(`${path}/a`, image, STRATEGIC_PATCH));
      const selector = { spec: { selector: { matchLabels: { app: "y" } }, template: other } };
      await brief(api, () => api.patch(`${path}/a`, selector));
      await brief(api, () => api.patch(`${path}/a`, { spec: { replicas: 2 } }));
      const status = { replicas: 2, updatedReplicas: 2, readyReplicas: 1, availableReplicas: 1 };
      await brief(api, () => api.patch(`${path}/a/status`, { status }));
      await api.get(path, TABLE);
      await brief(api, () => api.delete(`${path}/a`));
    },
  },
];
