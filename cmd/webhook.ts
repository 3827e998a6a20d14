/** `vm-dhcp webhook` */

import { untilAborted } from "../lib/base/abort.ts";
import { createKubeClient, formatUserAgent } from "../lib/kube/client/rest_client.ts";
import { giveBackFreedMemory } from "../lib/sys/host/process_resources.ts";
import type { CertificateAndKey } from "../lib/tls/certificate.ts";
import { VERSION } from "./cli/build.ts";
import type { Command } from "./cli/command.ts";
import { CLUSTER_FLAGS, httpFlags, logFlags, logSettingsOf } from "./cli/common_flags.ts";
import { type FlagTable, type FlagValues, parseFlags } from "./cli/flags.ts";
import { loadAccess } from "./compose/cluster.ts";
import { createInformers, requireSync } from "./compose/informers.ts";
import { OptionalParts } from "./compose/optional_parts.ts";
import { keepForCluster } from "./compose/permissions.ts";
import { createProcessParts, type ProcessParts, serveEndpoints } from "./compose/process_parts.ts";
import { AuthoritySecret } from "./compose/webhook/authority_secret.ts";
import { CertificateKeeper } from "./compose/webhook/certificate_keeper.ts";
import { createClusterRules } from "./compose/webhook/cluster_rules.ts";
import { ConfigurationWriter } from "./compose/webhook/configuration_writer.ts";
import type { WebhookPlace } from "./compose/webhook/configurations.ts";
import { GivenCertificate } from "./compose/webhook/given_certificate.ts";
import { type ConfiguringClient, writingAfter } from "./compose/webhook/writing_after.ts";
import {
  clusterFactsOf,
  hostsOf,
  WEBHOOK_FLAGS,
  webhookPlaceOf,
} from "./compose/webhook/webhook_flags.ts";
import { WebhookServer } from "./compose/webhook/webhook_server.ts";

const FLAGS = {
  ...CLUSTER_FLAGS,
  ...WEBHOOK_FLAGS,
  http: httpFlags(":8080", []).http,
  ...logFlags("VM_DHCP_WEBHOOK"),
} as const satisfies FlagTable;

export const webhookCommand: Command = {
  name: "webhook",
  description:
    "Answers the API servers of a cluster, which ask before they store a change of an IPPool or of a\n" +
    "VirtualMachineNetworkConfig: it refuses what is wrong, with the reasons, warns of what may be, and\n" +
    "fills in the server and the range of a new pool. docs/admission.md has the rules. It makes its\n" +
    "certificates and its webhook configurations by itself and keeps them up to date. Several replicas\n" +
    "may run in a cluster; all of them answer.",
  synopsis: "webhook [flags]",
  flags: FLAGS,
  example: "  vm-dhcp webhook --namespace harvester-system",
  permissions: ["env", "ffi", "net", "read", "run", "sys", "write"],
  async run({ args, env, signal }) {
    const options = parseFlags(FLAGS, args, env);
    const parts = createProcessParts(logSettingsOf(options), options.name);
    const access = await loadAccess(options, env);
    const place = await webhookPlaceOf(options, access);
    keepForCluster(access, parts, ["env", "ffi", "net", "read", "sys"]);
    const client = createKubeClient(access, {
      ...parts,
      userAgent: formatUserAgent(VERSION, "webhook"),
    });
    await using cleanUp = new AsyncDisposableStack();
    cleanUp.defer(() => client.close());
    const informers = createInformers(client, parts);
    const server = new WebhookServer({
      port: options["https-port"],
      names: hostsOf(place, options).dnsNames,
      rules: createClusterRules(informers, clusterFactsOf(options, place)),
      unsynced: () => informers.unsynced(),
    }, parts);
    const running = new AbortController();
    const optional = new OptionalParts(parts, running.signal);
    const http = serveEndpoints({ ...options, "enable-cache-dump-api": false }, parts, {
      unready: () => [...server.unready(), ...informers.unsynced()],
      notes: () => optional.unready(),
    });
    cleanUp.defer(() => http.close());
    optional.observe("http", http);
    const whenAllowed = async () => {
      // Not before it can answer: a webhook that lacks a right would have each change of a pool refused.
      await informers.whenSynced();
      // What goes with this webhook must not come back once it has gone.
      signal.throwIfAborted();
    };
    const certificate = certificateOf({
      client: writingAfter(whenAllowed, client),
      place,
      options,
      server,
      parts,
    });
    const work = Promise.all([
      informers.run(running.signal),
      server.keep(certificate, optional, running.signal),
    ]);
    try {
      await requireSync(informers, parts, signal);
      giveBackFreedMemory();
      if (!signal.aborted) parts.log.log("info", "webhook started");
      await untilAborted(signal);
      await server.drain();
    } finally {
      running.abort();
      await Promise.all([work, optional.ended(), server.listener.close()]);
    }
  },
};

/** What looks after the certificate. */
function certificateOf({ client, place, options, server, parts }: {
  readonly client: ConfiguringClient;
  readonly place: WebhookPlace;
  readonly options: FlagValues<typeof FLAGS>;
  readonly server: WebhookServer;
  readonly parts: ProcessParts;
}): CertificateKeeper | GivenCertificate {
  const configurations = new ConfigurationWriter({ ...parts, client, place });
  const folder = options["tls-cert-dir"];
  const common = {
    ...parts,
    configurations,
    use: (tls: CertificateAndKey) => server.use(tls),
  };
  if (folder !== undefined) {
    const host = options.url?.hostname ?? hostsOf(place, options).dnsNames[0]!;
    return new GivenCertificate({ ...common, folder, host });
  }
  const name = { namespace: place.namespace, name: `${place.name}-ca` };
  const secret = new AuthoritySecret({ client, name, owner: place.name });
  return new CertificateKeeper({ ...common, secret, ...hostsOf(place, options) });
}
