import assert from "node:assert/strict";
import { ResourceRegistry } from "../kinds/resource_registry.ts";
import { routeOf } from "./route.ts";
import { readGadgetCrd } from "../../../tests/support/kube/gadget.ts";

const REGISTRY = new ResourceRegistry([readGadgetCrd()]);

// What the path leads to: kind, plural, namespace, name, subresource.
const CASES: readonly (readonly [path: string, route: string])[] = [
  ["/api/v1/namespaces", "collection namespaces"],
  ["/api/v1/namespaces/lab", "object namespaces '' lab"],
  ["/api/v1/namespaces/lab/status", "object namespaces '' lab status"],
  ["/api/v1/namespaces/lab/events", "collection events lab"],
  ["/api/v1/namespaces/lab/events/e", "object events lab e"],
  ["/api/v1/events", "collection events"],
  ["/api/v1/events/e", "other"],
  ["/api/v1", "other"],
  ["/apis/test.example.com/v1alpha1", "other"],
  ["/apis/test.example.com/v1alpha1/gadgets", "collection gadgets"],
  ["/apis/test.example.com/v1alpha1/namespaces/lab/gadgets", "collection gadgets lab"],
  ["/apis/test.example.com/v1alpha1/namespaces/lab/gadgets/", "collection gadgets lab"],
  ["/apis/test.example.com/v1alpha1/namespaces/lab/gadgets/g", "object gadgets lab g"],
  [
    "/apis/test.example.com/v1alpha1/namespaces/lab/gadgets/g/status",
    "object gadgets lab g status",
  ],
  ["/apis/test.example.com/v1alpha1/namespaces/lab/gadgets/g/scale", "noSubresource gadgets lab g"],
  [
    "/apis/test.example.com/v1alpha1/namespaces/lab/gadgets/g/status/x",
    "noSubresource gadgets lab g",
  ],
  ["/apis/test.example.com/v1/namespaces/lab/gadgets", "other"],
  ["/apis/events.k8s.io/v1/namespaces/lab/events/e", "object events lab e"],
  [
    "/apis/k8s.cni.cncf.io/v1/namespaces/lab/network-attachment-definitions/n",
    "object network-attachment-definitions lab n",
  ],
  ["/apis/test.example.com/v1alpha1/namespaces/lab/namespaces", "other"],
  ["/apis/test.example.com/v1alpha1/namespaces/lab/gadgets/%67", "object gadgets lab g"],
  ["/apis/test.example.com/v1alpha1/namespaces/lab/gadgets/%zz", "other"],
  ["/", "other"],
];

for (const [path, expected] of CASES) {
  Deno.test(`routeOf() takes ${path} for ${expected}`, () => {
    assert.equal(describe(routeOf(path, REGISTRY)), expected);
  });
}

function describe(route: ReturnType<typeof routeOf>): string {
  if (route.kind === "other") return "other";
  const { resource, namespace } = route.target;
  const parts = [route.kind, resource.type.plural];
  if (route.kind !== "collection") {
    const { name, subresource } = route.target;
    parts.push(namespace || "''", name, ...(subresource === undefined ? [] : [subresource]));
  } else if (namespace !== undefined) parts.push(namespace);
  return parts.join(" ");
}
