/** What an API server has been asked for, by its own account. */

import type { ApiConnection } from "../../support/apiserver/api_connection.ts";

/** Reads `apiserver_request_total`. */
export class RequestCounts {
  constructor(private readonly api: ApiConnection) {}

  /**
   * How many requests there have been.
   *
   * @param verbs Such as `PUT`.
   * @param resources Plurals; any by default.
   */
  async read(verbs: readonly string[], resources?: readonly string[]): Promise<number> {
    const { text } = await this.api.send("GET", "/metrics");
    return text.split("\n")
      .filter((line) =>
        line.startsWith("apiserver_request_total{") &&
        verbs.includes(labelOf(line, "verb")) &&
        (resources?.includes(labelOf(line, "resource")) ?? true)
      )
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  }
}

function labelOf(line: string, label: string): string {
  return new RegExp(`[{,]${label}="([^"]*)"`).exec(line)?.[1] ?? "";
}
