/**
 * An API server as a process of its own, for tests that kill it: serves Gadgets and the project's
 * own kinds from the folder of its first argument, on the port of its second if there is one, and
 * prints its URL when it listens.
 */

import { readCrd } from "./crds.ts";
import { startEmbeddedApi } from "./embedded_api.ts";
import { objectRules } from "./object_rules.ts";
import { readGadgetCrd } from "../kube/gadget.ts";

const [folder = "", port = "0"] = Deno.args;
const crds = [readGadgetCrd(), readCrd("ippool"), readCrd("virtualmachinenetworkconfig")];
const api = await startEmbeddedApi({ folder, port: Number(port), crds, admission: objectRules });
console.log(api.server.url);
// Ends this process when the test died without killing it.
setTimeout(() => {
  throw new Error("no test has ended this process");
}, 60_000);
