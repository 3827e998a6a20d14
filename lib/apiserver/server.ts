/**
 * The embedded Kubernetes API server, which `vm-dhcp standalone` and its kubectl use instead of a
 * cluster. It serves HTTPS on 127.0.0.1 only and keeps its objects in one SQLite file.
 */

import type { Logger } from "../observe/logger.ts";
import type { AdmissionWarnings, Admit, ApiContext } from "./verbs/api_context.ts";
import type { MetricRegistry } from "../observe/metrics.ts";
import { TokenAuthenticator } from "./http/authentication.ts";
import { openDatabase } from "./store/database.ts";
import { DocumentHandler } from "./discovery/document_handler.ts";
import { GroupCommit } from "./store/group_commit.ts";
import type { Intercept } from "../http/exchange.ts";
import { CONNECTION_LIMITS } from "../http/connection_table.ts";
import { createHttpMetrics } from "../http/http_metrics.ts";
import { listen, type SocketControl } from "../http/listener.ts";
import { GarbageCollector, startMaintenance } from "./verbs/maintenance.ts";
import { ensureDefaultNamespace } from "./verbs/namespaces.ts";
import { ObjectStore } from "./store/object_store.ts";
import { handleRequest } from "./request_handler.ts";
import { ResourceRegistry } from "./kinds/resource_registry.ts";
import { WatchHub } from "./store/watch_hub.ts";

/** Loopback only: the server is for the processes of this host. */
const HOSTNAME = "127.0.0.1";

/** More than for other listeners, because each watch takes one. */
const CONNECTIONS_MAX = 512;

/** Options of a server. */
export interface ApiServerOptions {
  /** The database file; its folder exists. */
  readonly databasePath: string;
  /** Parsed CustomResourceDefinition objects. */
  readonly crds: readonly unknown[];
  /** Rules beyond the schemas, asked before each change is stored. */
  readonly admit: Admit;
  /** What clients are told about changes that are accepted; nothing without it. */
  readonly admissionWarnings?: AdmissionWarnings;
  /** Clients have to send it as a bearer token. */
  readonly token: string;
  /** PEM texts. */
  readonly tls: { readonly cert: string; readonly key: string };
  /** 0 for any free port. */
  readonly port: number;
  readonly log: Logger;
  /** Absent: nothing is counted. */
  readonly registry?: MetricRegistry | undefined;
  /** Absent: the runtime's sockets stay as they are. */
  readonly sockets?: SocketControl | undefined;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** For tests, which inject faults here; no flag leads to it. */
  readonly intercept?: Intercept | undefined;
}

/** A running server. */
export interface ApiServer {
  readonly port: number;
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** A sentence that says why no client gets through; `undefined` when they do. */
  unready(): string | undefined;
  /** Ends watches, lets requests in flight finish, closes the database. */
  close(): Promise<void>;
}

/**
 * Starts a server.
 *
 * @throws {DataFolderError} when the database cannot be used.
 * @throws {ListenError} when the port is taken.
 * @throws {Error} when a definition cannot be served.
 */
export function startApiServer(options: ApiServerOptions): ApiServer {
  const registry = new ResourceRegistry(options.crds);
  const { context, garbage } = openContext(options, registry);
  try {
    ensureDefaultNamespace(context);
    return serve(options, context, garbage);
  } catch (error) {
    garbage.close();
    context.store.close();
    throw error;
  }
}

function openContext(
  options: ApiServerOptions,
  registry: ResourceRegistry,
): { readonly context: ApiContext; readonly garbage: GarbageCollector } {
  const { databasePath, nowMs, admit, admissionWarnings = () => [] } = options;
  const store: ObjectStore = new ObjectStore(
    openDatabase(databasePath, nowMs()),
    nowMs,
    (changes) => {
      hub.publish(changes);
      garbage.notice(changes);
    },
  );
  const hub = new WatchHub(store.revision, (error) => {
    options.log.log("error", "API server ended a watch", { error: error as Error });
  });
  const commits = new GroupCommit(store);
  const context = { registry, store, commits, hub, admit, admissionWarnings, nowMs };
  const garbage = new GarbageCollector(context, options.log);
  return { context, garbage };
}

function serve(
  options: ApiServerOptions,
  context: ApiContext,
  garbage: GarbageCollector,
): ApiServer {
  const { log, tls, registry } = options;
  const parts = {
    context,
    authenticator: new TokenAuthenticator(options.token),
    documents: new DocumentHandler(context.registry.all()),
    log,
  };
  const listener = listen({
    hostname: HOSTNAME,
    port: options.port,
    tls,
    handle: (request) => handleRequest(parts, request),
    intercept: options.intercept,
    sockets: options.sockets,
    log,
    metrics: registry && createHttpMetrics(registry, "api"),
    limits: { ...CONNECTION_LIMITS, connections: CONNECTIONS_MAX },
  });
  const { port } = listener;
  const url = `https://${HOSTNAME}:${port}`;
  const stopMaintenance = startMaintenance(context, log);
  log.log("info", "API server is listening", { url });
  let closing: Promise<void> | undefined;
  return { port, url, unready: () => listener.unready(), close: () => closing ??= close() };

  async function close(): Promise<void> {
    stopMaintenance();
    context.hub.close();
    await listener.close();
    garbage.close();
    context.store.close();
  }
}
