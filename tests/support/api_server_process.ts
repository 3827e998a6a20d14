/**
 * An API server as a process of its own, for tests that kill it: serves Gadgets from the folder of
 * its first argument, on the port of its second if there is one, and prints its URL when it listens.
 */

import { startEmbeddedApi } from "./embedded_api.ts";

const [folder = "", port = "0"] = Deno.args;
const api = await startEmbeddedApi({ folder, port: Number(port) });
console.log(api.server.url);
// A test that dies without killing this process must not leave it behind.
setTimeout(() => {
  throw new Error("Nobody ended this process");
}, 60_000);
