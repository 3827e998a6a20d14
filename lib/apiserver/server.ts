/**
 * The embedded Kubernetes API server, which `vm-dhcp standalone` and its kubectl use instead of a
 * cluster. It serves this process by calls and others over HTTPS on 127.0.0.1, and keeps its objects in one SQLite file.
 */

import type { DatabaseSync } from "node:sqlite";
import type { Logger } from "../observe/logger.ts";
import type { Admission } from "./request/admission.ts";
import type { ApiContext } from "./verbs/api_context.ts";
import type { MetricRegistry } from "../observe/metrics.ts";
import { TokenAuthenticator } from "../http/bearer_token.ts";
import { BACKUP_PATH, BackupHandler } from "./backup.ts";
import { copyToMemory } from "./store/copies.ts";
import { UnwritableDatabaseError } from "./store/data_folder_error.ts";
import { openDatabase, openMemoryDatabase } from "./store/database.ts";
import { openReadOnlyCopy } from "./store/read_only_copy.ts";
import { requireMarkedRevision } from "./store/remains.ts";
import { RevisionMark } from "./store/revision_mark.ts";
import { DocumentHandler } from "./discovery/document_handler.ts";
import { FilePlace } from "./store/file_place.ts";
import { GroupCommit } from "./store/group_commit.ts";
import type { HttpRequest, HttpResponse, Intercept } from "../http/exchange.ts";
import type { ConnectionLimits } from "../http/connection_table.ts";
import { createHttpMetrics } from "../http/http_metrics.ts";
import type { SocketControl } from "../http/connection_table.ts";
import { type HttpListener, listen } from "../http/listener.ts";
import { GarbageCollector, startMaintenance } from "./verbs/maintenance.ts";
import { ensureDefaultNamespace } from "./verbs/namespaces.ts";
import { requireRoom, WriteFaultError, WriteFaults } from "./store/write_fault.ts";
import { ObjectStore } from "./store/object_store.ts";
import { type StoredObjects, storedObjectsOf } from "./stored_objects.ts";
import { handleRequest, unauthorized } from "./request_handler.ts";
import { ResourceRegistry } from "./kinds/resource_registry.ts";
import { WatchHub } from "./store/watch_hub.ts";

/** Loopback only: the server is for the processes of this host. */
const HOSTNAME = "127.0.0.1";

/** What a server is made of. */
export interface ApiServerOptions {
  /** The database file; its folder exists. */
  readonly databasePath: string;
  /** Parsed CustomResourceDefinition objects. */
  readonly crds: readonly unknown[];
  /** Makes the rules beyond the schemas, which may ask what is stored. */
  readonly admission: (stored: StoredObjects) => Admission;
  readonly log: Logger;
  /** Absent: nothing is counted. */
  readonly registry?: MetricRegistry | undefined;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Called for each write that the disk does not take. */
  readonly onWriteFault?: () => void;
}

/** How a server can be reached from other processes. */
export interface ApiListenOptions {
  /** Clients have to send it as a bearer token. */
  readonly token: string;
  /** PEM texts. */
  readonly tls: { readonly cert: string; readonly key: string };
  /** 0 for any free port. */
  readonly port: number;
  /** Absent: the runtime's sockets stay as they are. */
  readonly sockets?: SocketControl | undefined;
  /** Absent: those of any listener. */
  readonly limits?: ConnectionLimits | undefined;
  /** For tests, which inject faults here; no flag leads to it. */
  readonly intercept?: Intercept | undefined;
}

/** A running server. */
export interface ApiServer {
  /** Answers a request of this process, which needs no token. Never rejects. */
  handle(request: HttpRequest): Promise<HttpResponse>;
  /**
   * Listens for other processes, until {@link ApiServer.close}.
   *
   * @returns The port.
   * @throws {ListenError} when the port is taken.
   */
  listen(options: ApiListenOptions): number;
  /** A sentence that says why no other process gets through; `undefined` when they do. */
  unready(): string | undefined;
  /**
   * Looks whether the disk takes writes again, after it did not.
   *
   * @throws {Error} with the reason when it does not.
   */
  retryStorage(): void;
  /**
   * A server in memory with a copy of what is stored, on which changes can be tried.
   *
   * @param admission Its rules beyond the schemas.
   */
  rehearsal(admission: ApiServerOptions["admission"]): Promise<ApiServer>;
  /** Ends watches, lets requests in flight finish, closes the database. */
  close(): Promise<void>;
}

/** Where a server on this port is reached. */
export function apiUrlOf(port: number): string {
  return `https://${HOSTNAME}:${port}`;
}

/**
 * Starts a server. It works for this process at once, and for others when it listens.
 *
 * Where the database cannot be written, it is read, and writes are refused.
 *
 * @throws {DataFolderError} when the database cannot be used.
 * @throws {Error} when a definition cannot be served.
 */
export function startApiServer(options: ApiServerOptions): ApiServer {
  return startOn(options, openRecord(options));
}

/** Starts a server that keeps nothing: it begins empty, and ends with the process. */
export function startMemoryApiServer(options: Omit<ApiServerOptions, "databasePath">): ApiServer {
  return startInMemory(options, openMemoryDatabase());
}

function startInMemory(
  options: Omit<ApiServerOptions, "databasePath">,
  database: DatabaseSync,
): ApiServer {
  return startOn({ ...options, databasePath: "" }, { database, problem: undefined });
}

function startOn(options: ApiServerOptions, opened: OpenedRecord): ApiServer {
  const registry = new ResourceRegistry(options.crds);
  const { databasePath } = options;
  // What is only in memory cannot be moved, or be older than it was.
  const isInMemory = databasePath === "";
  const mark = isInMemory ? undefined : new RevisionMark(databasePath);
  const place = isInMemory ? undefined : new FilePlace(databasePath);
  if (opened.problem === undefined) place?.note();
  const faults = new WriteFaults(options.onWriteFault, () => place?.require());
  const { context, garbage } = contextOf(options, registry, { ...opened, faults, mark });
  const parts = { context, garbage, faults, mark, place, ...opened };
  try {
    ensureDefaultNamespace(context);
  } catch (error) {
    // The first object in the namespace makes it as well.
    if (error instanceof WriteFaultError) return serve(options, parts);
    garbage.close();
    mark?.close();
    context.store.close();
    throw error;
  }
  return serve(options, parts);
}

/** The database, or a copy of it to read and what is wrong with the original. */
interface OpenedRecord {
  readonly database: DatabaseSync;
  /** Why the database is only read. */
  readonly problem: string | undefined;
}

function openRecord({ databasePath, nowMs }: ApiServerOptions): OpenedRecord {
  try {
    return { database: openDatabase(databasePath, nowMs()), problem: undefined };
  } catch (error) {
    if (!(error instanceof UnwritableDatabaseError)) throw error;
    return { database: copyOr(error, databasePath), problem: error.message };
  }
}

function copyOr(error: Error, databasePath: string): DatabaseSync {
  let copy: DatabaseSync;
  try {
    copy = openReadOnlyCopy(databasePath);
  } catch {
    throw error;
  }
  try {
    requireMarkedRevision(databasePath, copy);
    return copy;
  } catch (error) {
    copy.close();
    throw error;
  }
}

function contextOf(
  options: ApiServerOptions,
  registry: ResourceRegistry,
  { database, problem, faults, mark }: OpenedRecord & StorageParts,
): { readonly context: ApiContext; readonly garbage: GarbageCollector } {
  const { nowMs } = options;
  const store: ObjectStore = new ObjectStore(
    database,
    nowMs,
    (changes) => {
      mark?.note(store.revision);
      hub.publish(changes);
      garbage.notice(changes);
    },
    faults,
  );
  if (problem === undefined) mark?.note(store.revision);
  const hub = new WatchHub(store.revision, (error) => {
    options.log.log("error", "API server ended a watch", { error: error as Error });
  });
  const commits = new GroupCommit(store);
  const admission = options.admission(storedObjectsOf(registry, store));
  const context = { registry, store, commits, hub, admission, nowMs };
  const garbage = new GarbageCollector(context, options.log);
  return { context, garbage };
}

/** What accompanies the database. */
interface StorageParts {
  readonly faults: WriteFaults;
  readonly mark: RevisionMark | undefined;
}

interface RunningParts extends OpenedRecord, StorageParts {
  readonly place: FilePlace | undefined;
  readonly context: ApiContext;
  readonly garbage: GarbageCollector;
}

/** Answers nobody who does not have the token. */
function guarded(token: string, handle: ApiServer["handle"]): ApiServer["handle"] {
  const authenticator = new TokenAuthenticator(token);
  return async (request) => authenticator.accepts(request) ? await handle(request) : unauthorized();
}

function serve(
  options: ApiServerOptions,
  { context, garbage, faults, mark, place, ...opened }: RunningParts,
): ApiServer {
  const { log, registry, databasePath, nowMs } = options;
  let { database, problem: readOnlyBecause } = opened;
  const parts = { context, documents: new DocumentHandler(context.registry.all()), log };
  const handle = (request: HttpRequest) => handleRequest(parts, request);
  const backups = new BackupHandler(databasePath);
  const handleFromOutside = (request: HttpRequest) =>
    request.path === BACKUP_PATH ? backups.answer(request, database) : handle(request);
  let listener: HttpListener | undefined;
  const stopMaintenance = startMaintenance(context, log, () => faults.look());
  let closing: Promise<void> | undefined;
  return {
    handle,
    listen: ({ token, ...options }) => {
      listener = listen({
        ...options,
        hostname: HOSTNAME,
        handle: guarded(token, handleFromOutside),
        log,
        metrics: registry && createHttpMetrics(registry, "api"),
      });
      log.log("info", "API server is listening", { url: apiUrlOf(listener.port) });
      return listener.port;
    },
    unready: () => listener?.unready(),
    retryStorage: () => {
      if (readOnlyBecause !== undefined) {
        const writable = openDatabase(databasePath, nowMs());
        context.store.replaceDatabase(writable);
        place?.note();
        mark?.note(context.store.revision);
        database = writable;
        readOnlyBecause = undefined;
      } else if (faults.last !== undefined) {
        faults.requirePlace();
        requireRoom(databasePath);
        context.store.probe();
      }
    },
    rehearsal: async (admission) => {
      const { crds } = options;
      const copy = await copyToMemory(database);
      return startInMemory({ crds, log, nowMs, admission }, copy);
    },
    close: () => closing ??= close(),
  };

  async function close(): Promise<void> {
    stopMaintenance();
    context.hub.close();
    await listener?.close();
    garbage.close();
    mark?.close();
    context.store.close();
  }
}
