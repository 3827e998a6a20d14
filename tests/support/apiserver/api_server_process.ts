/**
 * An API server as a process of its own, for tests that kill it: serves Gadgets and the project's
 * own kinds from the folder of its first argument, on the port of its second if there is one, and
 * prints its URL when it listens.
 */

import { admit } from "../../../lib/admission/admit.ts";
import { readCrd } from "./crds.ts";
import { startEmbeddedApi } from "./embedded_api.ts";
import { readGadgetCrd } from "../kube/gadget.ts";

const [folder = "", port = "0"] = Deno.args;
const crds = [readGadgetCrd(), readCrd("ippool"), readCrd("virtualmachinenetworkconfig")];
const api = await startEmbeddedApi({ folder, port: Number(port), crds, admit });
console.log(api.server.url);
// A test that dies without killing this process must not leave it behind.
setTimeout(() => {
  throw new Error("Nobody ended this process");
}, 60_000);
