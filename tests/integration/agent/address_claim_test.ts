/** Another host that uses the server's address: the pool's conditions have to show it. */

import assert from "node:assert/strict";
import { encodeGratuitousArp } from "../../../lib/net/arp.ts";
import { ip, mac } from "../../support/dhcp/dhcp_packets.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import type { KubeApi } from "../../support/apiserver/kube_api.ts";
import { createVethPair, HERE, runIn } from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { VmNetwork } from "../../support/network/vm_network.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

const OTHER_HOST = "52:54:00:48:30:01";

/** The address of the sample pool. */
const SERVER_IP = "192.168.48.77";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** Waits until the condition AgentReady of the pool has this reason. */
function agentReady(api: KubeApi, wanted: string): Promise<Condition> {
  return waitUntil(async () => {
    const { status } = await api.get("ippools", "ippool-1");
    const { conditions = [] } = (status ?? {}) as { conditions?: readonly Condition[] };
    return conditions.find(({ type, reason }) => type === "AgentReady" && reason === wanted);
  }, { what: `AgentReady with the reason ${wanted}` });
}

await integrationTest({
  name: "a host that uses the server's address is named in the condition AgentReady of the pool",
  needs: ["namespaces"],
  run: async () => {
    await using network = await VmNetwork.create();
    await using pair = await createVethPair();
    await runIn(HERE, "ip", "link", "set", pair.name, "master", network.bridge.name);
    using link = new RawLink(pair.peerName);
    const standalone = await network.standalone();
    using api = await standalone.api();
    await api.create("ippools", ippoolSample());
    await agentReady(api, "Serving");

    link.send(encodeGratuitousArp({ serverIp: ip(SERVER_IP), macAddress: mac(OTHER_HOST) }));
    const { status, message } = await agentReady(api, "ServerAddressClaimed");
    assert.equal(status, "True", "clients are served all the same");
    assert.match(message, new RegExp(`${OTHER_HOST} uses the server's address ${SERVER_IP}`));
  },
});
