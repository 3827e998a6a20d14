/** Signals of the operating system as the commands see them. */

/** What the process was asked by signals, from its first moment on. */
export interface ProcessSignals {
  /**
   * Aborts at the first SIGTERM or SIGINT. A second one ends the process at once, for an impatient
   * operator.
   */
  readonly shutdown: AbortSignal;
  /** Calls back at each SIGHUP from now on, and at once when there was one before. */
  onHangup(reload: () => void): void;
}

/**
 * Takes over SIGTERM, SIGINT and SIGHUP. Call it before anything else is loaded: until then, each of
 * them has its default action, which is to end the process. SIGHUP ends no command: one that has
 * nothing to reload ignores it.
 */
export function catchSignals(): ProcessSignals {
  let isPending = false;
  let onHangup = (): void => void (isPending = true);
  Deno.addSignalListener("SIGHUP", () => onHangup());
  const controller = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    const listener = () => {
      Deno.removeSignalListener(name, listener); // Gives the second one its default action.
      controller.abort();
    };
    Deno.addSignalListener(name, listener);
  }
  return {
    shutdown: controller.signal,
    onHangup: (reload) => {
      onHangup = reload;
      if (isPending) reload();
      isPending = false;
    },
  };
}
