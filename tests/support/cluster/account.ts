/** Accounts of a cluster that have some of the rights that a controller is to have. */

import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { ApiConnection, at } from "../apiserver/api_connection.ts";
import type { ControlPlaneAccess } from "./control_plane.ts";

const EXAMPLE = new URL("../../../examples/rbac/controller.yaml", import.meta.url);
const RBAC = "/apis/rbac.authorization.k8s.io/v1";

/** One verb on one kind. */
export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The rights of a Role or ClusterRole of `examples/rbac/controller.yaml`. */
export function rightsOfExample(role: string): readonly Right[] {
  const objects = parseAllDocuments(Deno.readTextFileSync(EXAMPLE))
    .map((each) => each.toJS() as KubeObject & { readonly rules?: readonly Rule[] });
  const { rules = [] } = objects.find(({ kind, metadata }) =>
    kind.endsWith("Role") && metadata.name === role
  )!;
  return rules.flatMap(({ apiGroups: [group], resources, verbs }) =>
    resources.flatMap((resource) => verbs.map((verb) => ({ group: group!, resource, verb })))
  );
}

export function nameOf({ verb, resource }: Right): string {
  return `${verb} ${resource}`;
}

/** An account of a namespace, and how its rights are set. */
export class Account {
  constructor(readonly access: ControlPlaneAccess, readonly namespace: string) {}

  /** Makes the account. @returns Its token. */
  async make(rights: readonly Right[]): Promise<string> {
    const metadata = { name: "controller", namespace: this.namespace };
    const accounts = `/api/v1/namespaces/${this.namespace}/serviceaccounts`;
    await this.#send("POST", accounts, { apiVersion: "v1", kind: "ServiceAccount", metadata });
    await this.#send("POST", this.#path("roles"), this.#role(rights));
    await this.#send("POST", this.#path("rolebindings"), {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "controller" },
      subjects: [{ kind: "ServiceAccount", name: "controller", namespace: this.namespace }],
    });
    const answer = await this.#send("POST", `${accounts}/controller/token`, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: {},
    });
    return String(at(answer, "status.token"));
  }

  async grant(rights: readonly Right[]): Promise<void> {
    await this.#send("PUT", `${this.#path("roles")}/controller`, this.#role(rights));
  }

  #path(plural: string): string {
    return `${RBAC}/namespaces/${this.namespace}/${plural}`;
  }

  #role(rights: readonly Right[]): JsonObject {
    return {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "controller", namespace: this.namespace },
      rules: rights.map(({ group, resource, verb }) => ({
        apiGroups: [group],
        resources: [resource],
        verbs: [verb],
      })),
    };
  }

  async #send(method: string, path: string, body: JsonObject): Promise<JsonObject> {
    using api = new ApiConnection(this.access);
    const { status, text, body: answer } = await api.send(method, path, { body });
    assert.ok(status < 300, `${path}: ${text}`);
    return answer;
  }
}
