/** Accounts that have the rights of a manifest, and processes that act as one of them. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject, NamespacedName } from "../../../lib/api/meta.ts";
import { ApiConnection, at } from "../apiserver/api_connection.ts";
import type { ControlPlaneAccess } from "./control_plane.ts";

/** Makes a namespace, and the objects of RBAC and the ServiceAccounts of a manifest. */
export async function applyRights(
  access: ControlPlaneAccess,
  namespace: string,
  objects: readonly KubeObject[],
): Promise<void> {
  using api = new ApiConnection(access);
  const metadata = { name: namespace };
  await post(api, "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata });
  for (const object of objects) {
    const within = object.metadata.namespace;
    const place = within === undefined ? "" : `namespaces/${within}/`;
    const group = object.apiVersion === "v1" ? "/api/v1" : `/apis/${object.apiVersion}`;
    await post(api, `${group}/${place}${object.kind.toLowerCase()}s`, { ...object });
  }
}

/** Makes a ServiceAccount where there is none of the name. @returns A kubeconfig of it. */
export async function writeAccount(
  access: ControlPlaneAccess,
  { namespace, name }: NamespacedName,
): Promise<string> {
  using api = new ApiConnection(access);
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } };
  const { status, text } = await api.send("POST", accounts, { body: account });
  assert.ok([201, 409].includes(status), text);
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const answer = await post(api, `${accounts}/${name}/token`, request);
  const config = JSON.parse(await Deno.readTextFile(access.kubeconfig));
  config.users[0].user = { token: at(answer, "status.token") };
  const path = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(path, JSON.stringify(config));
  return path;
}

async function post(api: ApiConnection, path: string, body: JsonObject): Promise<JsonObject> {
  const { status, text, body: answer } = await api.send("POST", path, { body });
  assert.equal(status, 201, `${path}: ${text}`);
  return answer;
}
