/** A process that opens the database of its argument, says so, and holds it until it is killed. */

import { openDatabase } from "../../../lib/apiserver/store/database.ts";

const database = openDatabase(Deno.args[0]!, Date.now());
console.log("open");
await new Promise<void>((resolve) => setTimeout(resolve, 60_000));
database.close();
