/** A `users` entry of a kubeconfig: how to authenticate. */

import { defined } from "../../base/json.ts";
import { basename, dirname, resolve } from "node:path";
import type { ClusterAccess, ExecPlugin, Material } from "./cluster_access.ts";
import type { KubeconfigSection } from "./kubeconfig_section.ts";

/** Fields that would change the identity and are not supported. */
const UNSUPPORTED_FIELDS = ["auth-provider", "as", "as-uid", "as-groups", "as-user-extra"] as const;

const EXEC_API_VERSIONS = [
  "client.authentication.k8s.io/v1",
  "client.authentication.k8s.io/v1beta1",
];

type Identity = Pick<
  ClusterAccess,
  "clientCertificate" | "clientKey" | "token" | "basicAuth" | "exec"
>;

/**
 * Reads the entry.
 *
 * @param cluster What a plugin may want to know.
 * @throws {KubeconfigError} that names the file and the field.
 */
export function identityOf(user: KubeconfigSection, cluster: KubeconfigSection): Identity {
  user.refuse(
    UNSUPPORTED_FIELDS,
    "is not supported: use a token, a tokenFile, a client certificate, a username or exec",
  );
  const token = tokenOf(user);
  const basicAuth = basicAuthOf(user);
  if (token !== undefined && basicAuth !== undefined) {
    throw user.error("username", "cannot stand beside a token: one of them is shown to the server");
  }
  const plugin = user.optionalSection("exec");
  return {
    ...certificateOf(user),
    ...defined({ token, basicAuth, exec: plugin && execPluginOf(plugin, cluster) }),
  };
}

function certificateOf(user: KubeconfigSection): Pick<Identity, "clientCertificate" | "clientKey"> {
  const clientCertificate = user.pem("client-certificate");
  const clientKey = user.pem("client-key");
  if (clientCertificate !== undefined && clientKey !== undefined) {
    return { clientCertificate, clientKey };
  }
  if (clientCertificate === clientKey) return {};
  const missing = clientKey === undefined ? "client-key-data" : "client-certificate-data";
  throw user.error(missing, "is missing: a client certificate and its key belong together");
}

/** The file wins, as its token is renewed. */
function tokenOf(user: KubeconfigSection): Material | undefined {
  const path = user.path("tokenFile");
  if (path !== undefined) return { path };
  const text = user.text("token");
  return text === undefined ? undefined : { text };
}

function basicAuthOf(user: KubeconfigSection): Identity["basicAuth"] {
  const username = user.text("username");
  const password = user.text("password");
  if (username === undefined && password === undefined) return undefined;
  if (username !== undefined) return { username, password: password ?? "" };
  throw user.error("username", "is missing: a password belongs to somebody");
}

function execPluginOf(plugin: KubeconfigSection, cluster: KubeconfigSection): ExecPlugin {
  const apiVersion = plugin.requiredText("apiVersion");
  if (!EXEC_API_VERSIONS.includes(apiVersion)) {
    throw plugin.error("apiVersion", `must be ${EXEC_API_VERSIONS.join(" or ")}`);
  }
  if (plugin.text("interactiveMode") === "Always") {
    throw plugin.error("interactiveMode", "cannot be Always: nobody is there to answer questions");
  }
  const command = plugin.requiredText("command");
  const installHint = plugin.text("installHint");
  return {
    apiVersion,
    // As in client-go, a path that is no bare name starts from the kubeconfig's folder.
    command: basename(command) === command ? command : resolve(dirname(plugin.file), command),
    args: plugin.texts("args"),
    env: Object.fromEntries(
      plugin.sections("env").map((it) => [it.requiredText("name"), it.text("value") ?? ""]),
    ),
    ...(installHint === undefined ? {} : { installHint }),
    ...(plugin.flag("provideClusterInfo") ? { clusterInfo: clusterInfoOf(cluster) } : {}),
  };
}

/** `spec.cluster` of the ExecCredential that a plugin is given. */
function clusterInfoOf(cluster: KubeconfigSection): Readonly<Record<string, unknown>> {
  const fields = ["server", "tls-server-name", "certificate-authority-data", "proxy-url"] as const;
  const texts = fields.flatMap((field) => {
    const text = cluster.text(field);
    return text === undefined ? [] : [[field, text] as const];
  });
  const insecure = cluster.flag("insecure-skip-tls-verify");
  return {
    ...Object.fromEntries(texts),
    ...(insecure ? { "insecure-skip-tls-verify": true } : {}),
  };
}
