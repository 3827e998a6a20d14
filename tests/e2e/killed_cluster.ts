/** Starts a cluster with a node, says so, and waits to be killed. */

import { NodeCluster } from "../support/nodes/node_cluster.ts";

await using cluster = await NodeCluster.start({ nodes: 1 });
console.log(`ready ${cluster.folder}`);
// Ends this process when the test died without killing it.
await new Promise((resolve) => setTimeout(resolve, 60_000));
