/** Signals of the operating system as the commands see them. */

/**
 * A signal that aborts at the first SIGTERM or SIGINT. A second one ends the process at once, for
 * an impatient operator.
 */
export function createShutdownSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    const listener = () => {
      Deno.removeSignalListener(name, listener); // Gives the second one its default action.
      controller.abort();
    };
    Deno.addSignalListener(name, listener);
  }
  return controller.signal;
}

/** Calls back at each SIGHUP. */
export function onHangup(reload: () => void): void {
  Deno.addSignalListener("SIGHUP", reload);
}
