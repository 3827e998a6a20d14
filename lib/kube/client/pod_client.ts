/** The client of the Kubernetes API that also reads what pods serve. */

import type { ClusterAccess } from "../access/cluster_access.ts";
import { askPod, type PodAnswer, type PodRequest } from "./pod_port.ts";
import { RestClientMetrics } from "./rest_client_metrics.ts";
import { RestClient, type RestClientOptions } from "./rest_client.ts";
import { Transport } from "./transport/transport.ts";

/** All requests have the same credentials. */
export class PodClient extends RestClient {
  readonly #transport: Transport;

  constructor(access: ClusterAccess, options: RestClientOptions) {
    const metrics = new RestClientMetrics(options.registry, access.server);
    const transport = new Transport(access, options, metrics);
    super(transport, options, metrics);
    this.#transport = transport;
  }

  /** Sends a GET to a port of a pod; rejects as other requests do. */
  async askPod(request: PodRequest, signal: AbortSignal): Promise<PodAnswer> {
    return await askPod(this.#transport, request, signal);
  }
}
