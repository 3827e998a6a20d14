/** Objects as they change, whatever becomes of the watches that bring them. */

import type { JsonObject } from "../../../lib/base/json.ts";
import { type ApiConnection, at, type Watch } from "../../support/apiserver/api_connection.ts";

/** On a busy machine a large pool takes its time. */
const LINE_MS_MAX = 120_000;

/** Follows the objects of a collection. */
export class FollowedObjects implements AsyncDisposable {
  #watch: Watch;
  #version = "";

  private constructor(
    private readonly api: ApiConnection,
    private readonly path: string,
    private readonly query: string,
    watch: Watch,
  ) {
    this.#watch = watch;
  }

  /** Follows one object, which may not be there yet. */
  static async one(
    api: ApiConnection,
    path: string,
    name: string,
  ): Promise<FollowedObjects> {
    const query = `fieldSelector=metadata.name=${name}`;
    const watch = await api.watch(`${path}?${query}&resourceVersion=0`);
    return new FollowedObjects(api, path, query, watch);
  }

  /** Follows what comes from now on. */
  static async fromNow(api: ApiConnection, path: string): Promise<FollowedObjects> {
    const { body } = await api.send("GET", `${path}?limit=1`);
    const version = at(body, "metadata.resourceVersion");
    const watch = await api.watch(`${path}?resourceVersion=${version}`);
    const followed = new FollowedObjects(api, path, "", watch);
    followed.#version = String(version);
    return followed;
  }

  /** The next version of an object. @throws {Error} when none comes. */
  async next(): Promise<JsonObject> {
    for (;;) {
      const line = await this.#watch.next(LINE_MS_MAX);
      if (line?.type === "ERROR") throw new Error(`no watch: ${JSON.stringify(line.object)}`);
      if (line !== undefined) {
        this.#version = String(at(line.object, "metadata.resourceVersion"));
        return line.object;
      }
      // A busy API server ends watches whose client does not keep up.
      const query = `${this.query}&resourceVersion=${this.#version}`;
      this.#watch = await this.api.watch(`${this.path}?${query}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch[Symbol.asyncDispose]();
  }
}
