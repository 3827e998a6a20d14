/** HTTP of an agent, which is for the cluster and not for the VMs at its other interface. */

import { showValue } from "../../../lib/api/field_reader.ts";
import {
  type HttpListener,
  keepListening,
  type ListenOptions,
} from "../../../lib/http/listener.ts";
import { parseIpv4Address } from "../../../lib/net/ipv4_address.ts";
import {
  bindToOwnInterface,
  endConnections,
  hasLostItsInterface,
  prepareListener,
} from "../../../lib/sys/host/tcp_connections.ts";
import type { ListenAddress } from "../../cli/flag_values.ts";
import type { Environment } from "../../cli/flags.ts";

const ALL = "0.0.0.0";
const LOOPBACK = "127.0.0.1";

/** Between looks at whether the interface of a listener is still the one that owns its address. */
const LOOK_MS = 5000;

/**
 * Where to listen: instead of on all addresses, only on that of the pod when the variable `POD_IP` has it
 * (`status.podIP` of the downward API).
 */
export function addressInPod(address: ListenAddress, env: Environment): ListenAddress {
  const podIp = env["POD_IP"] ?? "";
  const isForPod = address.hostname === ALL && parseIpv4Address(podIp) !== undefined;
  return isForPod ? { ...address, hostname: podIp } : address;
}

/** Why an agent listens on all addresses although `POD_IP` is set; `undefined` when it does not. */
export function whyNotInPod(address: ListenAddress, env: Environment): string | undefined {
  const podIp = env["POD_IP"] ?? "";
  const isOnAll = addressInPod(address, env).hostname === ALL;
  return isOnAll && podIp !== ""
    ? `variable POD_IP is ${showValue(podIp)}, and must be an IPv4 address`
    : undefined;
}

/**
 * Listens as {@link keepListening} does. An address of this host is reached only by the interface that
 * owns it: a VM that sends to it by another interface gets no connection, whatever routes it has.
 * It also listens on loopback, where `kubectl port-forward` comes from.
 */
export function listenInPod(options: ListenOptions): HttpListener {
  if (options.hostname === ALL || options.hostname.startsWith("127.")) {
    return keepListening({ ...options, sockets: { endConnections, prepareListener } });
  }
  const own = new OwnSideListener(options);
  const loopback = keepListening({
    ...options,
    hostname: LOOPBACK,
    port: own.port,
    // Only the address that was asked for is counted.
    metrics: undefined,
    sockets: { endConnections, prepareListener },
  });
  return {
    get port() {
      return own.port;
    },
    // Nothing in the cluster depends on loopback; a log line says when it cannot be had.
    unready: () => own.unready(),
    async close() {
      await Promise.all([own.close(), loopback.close()]);
    },
  };
}

/** Listens by the interface that owns the address, also after that has become another one. */
class OwnSideListener implements HttpListener {
  readonly #options: ListenOptions;
  readonly #looks: ReturnType<typeof setInterval>;
  #listener: HttpListener;
  #moving: Promise<void> | undefined;
  #isClosing = false;

  constructor(options: ListenOptions) {
    this.#options = { ...options, sockets: { endConnections, prepareListener: prepareOwn } };
    this.#listener = keepListening(this.#options);
    this.#looks = setInterval(() => this.#look(), LOOK_MS);
  }

  get port(): number {
    return this.#listener.port;
  }

  unready(): string | undefined {
    return this.#listener.unready();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#looks);
    await this.#moving;
    await this.#listener.close();
  }

  #look(): void {
    const { hostname, log } = this.#options;
    const address = `${hostname}:${this.port}`;
    if (this.#moving !== undefined || !hasLostItsInterface(address)) return;
    log.log("info", "the interface of an address has changed; listening anew", { address });
    this.#moving = this.#move().finally(() => this.#moving = undefined);
  }

  async #move(): Promise<void> {
    const { port } = this;
    await this.#listener.close();
    if (!this.#isClosing) this.#listener = keepListening({ ...this.#options, port });
  }
}

function prepareOwn(address: string): void {
  prepareListener(address);
  bindToOwnInterface(address);
}
