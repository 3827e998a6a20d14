/** A controller that lacks one right: what does not need the right works, and all works once it is given. */

import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import type { JsonObject } from "../../lib/base/json.ts";
import { VIRTUAL_MACHINE_NETWORK_CONFIGS, VIRTUAL_MACHINES } from "../../lib/api/resources.ts";
import { ApiConnection, at } from "../support/apiserver/api_connection.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import type { ControlPlaneAccess } from "../support/cluster/control_plane.ts";
import { sharedControlPlane } from "../support/cluster/shared_control_plane.ts";
import {
  macOf,
  makePool,
  makeVm,
  untilCondition,
  untilUsed,
} from "../support/controller/controller_objects.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { eth, makeVirtualMachine } from "../support/controller/virtual_machines.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { RecordingLogger } from "../support/metrics/recording_logger.ts";

const EXAMPLE = new URL("../../examples/controller-rbac.yaml", import.meta.url);
const RBAC = "/apis/rbac.authorization.k8s.io/v1";

/** One verb on one kind. */
interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** Every right of the example that concerns objects of a namespace, and that every controller uses. */
function rightsOfExample(): readonly Right[] {
  const [role] = parseAllDocuments(Deno.readTextFileSync(EXAMPLE));
  const { rules } = role!.toJS() as { readonly rules: readonly Rule[] };
  return rules.filter(({ apiGroups }) => apiGroups[0] !== "apiextensions.k8s.io")
    .flatMap(({ apiGroups: [group], resources, verbs }) =>
      resources.flatMap((resource) => verbs.map((verb) => ({ group: group!, resource, verb })))
    ).filter(({ resource }) => resource !== "events");
}

/**
 * Rights without which a VirtualMachineNetworkConfig gets no address. This API server sends the objects
 * that are there along with a watch, so nothing of ours is listed.
 */
const NEEDED = new Set([
  ...["ippools", "virtualmachinenetworkconfigs"].flatMap((kind) =>
    ["watch", "patch"].map((verb) => `${verb} ${kind}`)
  ),
  ...["ippools/status", "virtualmachinenetworkconfigs/status"].map((kind) => `update ${kind}`),
]);

/** The other rights that a controller tries to use while these tests wait. */
const TRIED = new Set([
  "create virtualmachinenetworkconfigs",
  ...["list", "watch", "patch"].map((verb) => `${verb} network-attachment-definitions`),
  ...["list", "watch"].map((verb) => `${verb} virtualmachines`),
]);

/** Waits until the log says what is not allowed. */
async function untilRefused(log: RecordingLogger, { verb, resource }: Right): Promise<void> {
  const what = `cannot ${verb} resource "${resource}"`;
  await waitUntil(
    () => log.lines.some(({ fields }) => String(fields["error"]).includes(what)) || undefined,
    { what: `a line of the log that says ${what}`, explain: () => JSON.stringify(log.lines) },
  );
}

function nameOf({ verb, resource }: Right): string {
  return `${verb} ${resource}`;
}

/** An account of a namespace, and how its rights are set. */
class Account {
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

async function tryWithout(missing: Right, all: readonly Right[]): Promise<void> {
  const access = await sharedControlPlane();
  const namespace = await makeNamespace(access, "rights");
  const account = new Account(access, namespace);
  const token = await account.make(all.filter((right) => right !== missing));
  await using users = new ControllerWorld(clusterAccessOf(access), namespace);
  await using world = new ControllerWorld(clusterAccessOf({ ...access, token }), namespace);
  const log = new RecordingLogger();
  const starting = world.start(log);
  await makePool(users);
  await makeVm(users, "vm-1", [{ macAddress: macOf(1) }]);
  await makeVirtualMachine(users, "vm-2", [eth(0, 2)]);
  if (!NEEDED.has(nameOf(missing))) await untilCondition(users, "vm-1", "Allocated True");
  if (NEEDED.has(nameOf(missing)) || TRIED.has(nameOf(missing))) await untilRefused(log, missing);
  await account.grant(all);
  await starting;
  await untilCondition(users, "vm-1", "Allocated True");
  await untilCondition(users, "vm-2", "Allocated True");
  await untilUsed(users, 2);
  await users.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
  await users.delete(VIRTUAL_MACHINES, "vm-2");
  await users.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
  await users.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-2");
  await untilUsed(users, 0);
}

const RIGHTS = rightsOfExample();

for (const right of RIGHTS) {
  await integrationTest({
    name: `a controller that may not ${nameOf(right)} does the rest, and all once it may`,
    needs: ["kube"],
    run: () => tryWithout(right, RIGHTS),
  });
}
