/** Reviews at a fixed rate, over connections that stay open, as those of API servers do. */

import { PATHS } from "../../../lib/webhook/webhook_handler.ts";

/** Asks one server. */
export interface ReviewClient {
  /** @returns Milliseconds until the answer was read. */
  ask(review: string): Promise<number>;
  close(): void;
}

/** @param authority PEM of what the server is trusted by. */
export function createClient(url: string, authority: string): ReviewClient {
  const client = Deno.createHttpClient({ caCerts: [authority], http2: false });
  return {
    async ask(review) {
      const startMs = performance.now();
      const response = await fetch(`${url}${PATHS.validation}`, {
        client,
        method: "POST",
        headers: { "content-type": "application/json" },
        body: review,
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`the answer is ${response.status}: ${text}`);
      return performance.now() - startMs;
    },
    close: () => client.close(),
  };
}

/** Asks so often in each second, whether the answers come or not. @returns Milliseconds of each. */
export async function askAtRate(
  client: ReviewClient,
  { reviews, perSecond }: { readonly reviews: readonly string[]; readonly perSecond: number },
): Promise<readonly number[]> {
  const startMs = performance.now();
  const asked = reviews.map(async (review, index) => {
    const atMs = startMs + index * 1000 / perSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - performance.now())));
    return await client.ask(review);
  });
  return await Promise.all(asked);
}
