/** A wall clock that can be set for single processes. */

import { HERE, type NetworkPlace } from "../network/network_namespace.ts";

const SOURCE = new URL("./shifted_clock.c", import.meta.url).pathname;

/** The date of the processes that got {@link env}. */
export class ShiftedClock {
  readonly #path: string;

  private constructor(readonly env: Readonly<Record<string, string>>, path: string) {
    this.#path = path;
  }

  /** Makes a clock that is right at first. @param folder For its files. */
  static async create(folder: string): Promise<ShiftedClock> {
    const library = `${folder}/shifted_clock.so`;
    const { success, stderr } = await new Deno.Command("gcc", {
      args: ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, SOURCE],
    }).output();
    if (!success) throw new Error(`gcc failed: ${new TextDecoder().decode(stderr)}`);
    const path = `${folder}/clock`;
    await Deno.writeFile(path, new Uint8Array(8));
    return new ShiftedClock({ LD_PRELOAD: library, SHIFTED_CLOCK: path }, path);
  }

  /** Where commands have the clock. */
  get place(): NetworkPlace {
    const settings = Object.entries(this.env).map(([key, value]) => `${key}=${value}`);
    return { ...HERE, enter: ["env", ...settings] };
  }

  /** Lets the clock jump to so many seconds from the right time. */
  async jumpTo(seconds: number): Promise<void> {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigInt64(0, BigInt(seconds), true);
    using file = await Deno.open(this.#path, { write: true });
    await file.write(bytes);
  }
}
