/** Starts the embedded API server for tests, and talks to it in plain HTTP. */

import { type Credentials, loadCredentials } from "../../../cmd/compose/standalone/data_folder.ts";
import {
  type ApiServer,
  type ApiServerOptions,
  apiUrlOf,
  startApiServer,
} from "../../../lib/apiserver/server.ts";
import { endConnections, prepareListener } from "../../../lib/sys/host/tcp_connections.ts";
import { ApiConnection } from "./api_connection.ts";
import type { ApiFaults } from "./api_faults.ts";
import { readGadgetCrd } from "../kube/gadget.ts";
import { RecordingLogger } from "../metrics/recording_logger.ts";

export interface EmbeddedApiOptions {
  /** Folder of the database; when absent, a new one that is removed with the server. */
  readonly folder?: string;
  /** Where it listens; a free port when absent. */
  readonly port?: number;
  /** Rules beyond the schemas; none when absent. */
  readonly admission?: ApiServerOptions["admission"];
  readonly nowMs?: () => number;
  /** Definitions; only that of Gadgets when absent. */
  readonly crds?: readonly unknown[];
  /** What goes wrong with requests; nothing when absent. */
  readonly faults?: ApiFaults;
}

interface EmbeddedApiParts {
  readonly server: ListeningServer;
  readonly credentials: Credentials;
  readonly folder: string;
  readonly ownsFolder: boolean;
  readonly log: RecordingLogger;
  readonly faults: ApiFaults | undefined;
}

/** A server that listens. */
interface ListeningServer extends ApiServer {
  readonly port: number;
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
}

/** A running server and a client for it. */
export class EmbeddedApi extends ApiConnection implements AsyncDisposable {
  readonly server: ListeningServer;
  readonly credentials: Credentials;
  /** Folder of the database. */
  readonly folder: string;
  readonly log: RecordingLogger;
  readonly #ownsFolder: boolean;
  readonly #faults: ApiFaults | undefined;

  constructor({ server, credentials, folder, ownsFolder, log, faults }: EmbeddedApiParts) {
    super({
      server: server.url,
      certificateAuthority: credentials.cert,
      token: credentials.token,
    });
    this.server = server;
    this.credentials = credentials;
    this.folder = folder;
    this.log = log;
    this.#ownsFolder = ownsFolder;
    this.#faults = faults;
  }

  async close(): Promise<void> {
    this[Symbol.dispose]();
    this.#faults?.release();
    await this.server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    if (this.#ownsFolder) await Deno.remove(this.folder, { recursive: true });
  }
}

/** Starts a server. */
export async function startEmbeddedApi(options: EmbeddedApiOptions = {}): Promise<EmbeddedApi> {
  const folder = options.folder ?? await Deno.makeTempDir();
  const credentials = await loadCredentials(folder);
  const log = new RecordingLogger();
  const server = startApiServer({
    databasePath: `${folder}/state.db`,
    crds: options.crds ?? [readGadgetCrd()],
    admission: options.admission ??
      (() => ({ judge: () => ({ errors: [], warnings: [] }) })),
    log,
    nowMs: options.nowMs ?? Date.now,
  });
  const port = server.listen({
    token: credentials.token,
    tls: credentials,
    port: options.port ?? 0,
    intercept: options.faults?.intercept,
    sockets: { endConnections, prepareListener },
  });
  const ownsFolder = options.folder === undefined;
  const url = apiUrlOf(port);
  return new EmbeddedApi({
    server: { ...server, port, url },
    credentials,
    folder,
    ownsFolder,
    log,
    faults: options.faults,
  });
}
