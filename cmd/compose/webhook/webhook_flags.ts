/** What the command line says about the webhook. */

import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { readPodNamespace } from "../../../lib/kube/access/load_cluster_access.ts";
import { type Cidr, parseCidr } from "../../../lib/net/cidr.ts";
import { parseIpv4Address } from "../../../lib/net/ipv4_address.ts";
import { parseNamespace, parseObjectName, parseText } from "../../cli/flag_values.ts";
import { type FlagTable, type FlagValues, UsageError } from "../../cli/flags.ts";
import type { ClusterFacts } from "./cluster_rules.ts";
import type { WebhookPlace } from "./configurations.ts";

/** That of RKE2, and of the Go version. */
const SERVICE_CIDR = "10.53.0.0/16";

/** The flags of the Go version, all of which its manifests set, and three more. */
export const WEBHOOK_FLAGS = {
  name: {
    kind: "value",
    placeholder: "NAME",
    help:
      "Name of the Service of this webhook, of its two configurations, and the beginning of that " +
      "of its Secret, NAME-ca.",
    // The Go version reads this variable, not one of its own.
    env: ["VM_DHCP_AGENT_NAME"],
    default: "harvester-vm-dhcp-controller-webhook",
    parse: parseObjectName,
  },
  namespace: {
    kind: "value",
    placeholder: "NAMESPACE",
    help:
      "Namespace of the Service and of the Secret. By default that of the pod of this webhook; " +
      "outside of a pod that of the kubeconfig's context, or else default.",
    env: ["NAMESPACE"],
    parse: parseNamespace,
  },
  "https-port": {
    kind: "value",
    placeholder: "PORT",
    help: "Port at which API servers ask.",
    default: "8443",
    parse: parsePort,
  },
  url: {
    kind: "value",
    placeholder: "URL",
    help:
      "Have API servers ask at this URL instead of the Service, such as https://10.0.0.5:8443, " +
      "for those that do not reach Services.",
    parse: parseUrl,
  },
  "tls-cert-dir": {
    kind: "value",
    placeholder: "DIR",
    help:
      "Folder with tls.crt and tls.key, and ca.crt for API servers to trust, such as a Secret of " +
      "cert-manager. They are read again when they change. By default the webhook makes and renews " +
      "its certificates by itself.",
    parse: parseText,
  },
  "service-cidr": {
    kind: "list",
    placeholder: "CIDR",
    help: "Where the Services of the cluster have their addresses; no pool may overlap it. By " +
      `default ${SERVICE_CIDR}.`,
    parse: parseNetwork,
  },
  "cluster-cidr": {
    kind: "list",
    placeholder: "CIDR",
    help: "Where the Pods of the cluster have theirs; no pool may overlap it.",
    parse: parseNetwork,
  },
  "controller-user": {
    kind: "value",
    placeholder: "USER",
    help:
      "The user that the controller is to the API server, whose changes are not judged; the name " +
      "of a ServiceAccount stands for that of --namespace.",
    default: "harvester-vm-dhcp-controller",
    parse: parseText,
  },
  "gc-user": {
    kind: "value",
    placeholder: "USER",
    help: "The user that the garbage collector is to the API server, whose changes are not judged.",
    default: "system:serviceaccount:kube-system:generic-garbage-collector",
    parse: parseText,
  },
  threadiness: {
    kind: "value",
    placeholder: "NUMBER",
    help: "Without effect; manifests of the Go version set it.",
    default: "5",
    parse: parseText,
  },
} as const satisfies FlagTable;

type WebhookOptions = FlagValues<typeof WEBHOOK_FLAGS>;

/** Where the flags put the webhook. */
export async function webhookPlaceOf(
  options: WebhookOptions,
  access: ClusterAccess,
): Promise<WebhookPlace> {
  const namespace = options.namespace ?? await readPodNamespace() ?? access.namespace ?? "default";
  const { name, url } = options;
  return { name, namespace, url: url?.base, trustedUsers: trustedUsersOf(options, namespace) };
}

/** What the flags say of the cluster. */
export function clusterFactsOf(
  options: WebhookOptions,
  { trustedUsers }: WebhookPlace,
): ClusterFacts {
  const given = options["service-cidr"];
  return {
    serviceCidrs: given.length > 0 ? given : [parseNetwork(SERVICE_CIDR)],
    clusterCidrs: options["cluster-cidr"],
    trustedUsers,
  };
}

/** The names and addresses by which API servers ask. */
export function hostsOf(
  { name, namespace }: WebhookPlace,
  { url }: WebhookOptions,
): { readonly dnsNames: readonly string[]; readonly ipAddresses: readonly string[] } {
  const host = url?.hostname;
  const isAddress = host !== undefined && parseIpv4Address(host) !== undefined;
  return {
    dnsNames: [
      ...[`${name}.${namespace}.svc`, `${name}.${namespace}`, name],
      ...(host === undefined || isAddress ? [] : [host]),
    ],
    ipAddresses: isAddress ? [host] : [],
  };
}

function trustedUsersOf(options: WebhookOptions, namespace: string): readonly string[] {
  const controller = options["controller-user"];
  const account = controller.includes(":")
    ? []
    : [`system:serviceaccount:${namespace}:${controller}`];
  return [controller, ...account, options["gc-user"]];
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new UsageError("is not a port, which is a number up to 65535");
}

function parseNetwork(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new UsageError("is not a network of IPv4 such as 10.53.0.0/16");
  return cidr;
}

/** Kubernetes takes no user, password, query or fragment there. */
function parseUrl(text: string): { readonly base: string; readonly hostname: string } {
  const url = URL.parse(text);
  if (url !== null && (url.username !== "" || url.password !== "")) {
    throw new UsageError("holds a user or a password, which API servers do not take there");
  }
  const isPlain = url !== null && url.protocol === "https:" && url.search === "" &&
    url.hash === "" && !url.hostname.startsWith("[");
  if (!isPlain) throw new UsageError("is not a URL such as https://10.0.0.5:8443");
  return { base: url.href.replace(/\/+$/, ""), hostname: url.hostname };
}
