/** Why an address cannot be listened on. */

const NOT_HERE = "no interface of this host has the address";
const ADDRESS_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use by another process",
  EADDRNOTAVAIL: NOT_HERE,
  EINVAL: NOT_HERE,
  EACCES: "ports below 1024 need CAP_NET_BIND_SERVICE",
};

/** The address cannot be listened on; the message says which and why. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  /** Whether it would work on another address or port. */
  readonly blamesAddress: boolean;

  constructor(address: string, cause: Error & { readonly code?: string }) {
    const reason = ADDRESS_FAULTS[cause.code ?? ""];
    super(`cannot listen on ${address}: ${reason ?? cause.message}`, { cause });
    this.blamesAddress = reason !== undefined;
  }
}

/** How an accept fails when the client has left before it, also by a reset. */
const CLIENT_FAULTS = [
  Deno.errors.ConnectionAborted,
  Deno.errors.ConnectionReset,
  Deno.errors.NotConnected,
  Deno.errors.TimedOut,
];

/**
 * Whether an accept failed for a reason of the client. The next one in the queue need not wait then: a
 * pause for each would leave the listener deaf behind a storm of resets.
 */
export function isClientFault(error: Error): boolean {
  return CLIENT_FAULTS.some((fault) => error instanceof fault);
}
