import assert from "node:assert/strict";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import type { JsonObject } from "../../base/json.ts";
import { poolAnswersOf } from "./pool_answers.ts";

const KEY = "default/ippool-1";

function agent(status: string, reason: string, message = "as it is"): JsonObject {
  return { type: "AgentReady", status, reason, message };
}

function network(reason: string, message: string): JsonObject {
  return {
    type: "NetworkClear",
    status: reason === "NothingSeen" ? "True" : "False",
    reason,
    message,
  };
}

const READY = agent("True", "Serving");
const CASES: readonly {
  readonly name: string;
  readonly conditions: readonly JsonObject[];
  readonly paused?: boolean;
  readonly want: string;
}[] = [
  {
    name: "agents that answer",
    conditions: [READY, network("NothingSeen", "")],
    want: `True Answered agents of ippool ${KEY} answer`,
  },
  {
    name: "a pause, whatever else is wrong",
    conditions: [agent("False", "NotReady")],
    paused: true,
    want: `False PoolPaused ippool ${KEY} was administratively disabled (spec.paused is true)`,
  },
  {
    name: "an interface that is down",
    conditions: [agent("False", "InterfaceDown", "interface br48 is down")],
    want:
      `False AgentNotReady no agent of ippool ${KEY} answers (InterfaceDown): interface br48 is down`,
  },
  {
    name: "agents that nobody observes",
    conditions: [],
    want: `Unknown NothingKnown nothing is known of the agents of ippool ${KEY}`,
  },
  {
    name: "what is left of a pause that has ended",
    conditions: [agent("False", "Paused")],
    want: `Unknown NothingKnown nothing is known of the agents of ippool ${KEY}`,
  },
  {
    name: "another host with the server's address, seen by the agent of this process",
    conditions: [agent("True", "ServerAddressClaimed", "52:54:00:00:00:01 uses it too")],
    want: "False ServerAddressInUse 52:54:00:00:00:01 uses it too",
  },
  {
    name: "another server, without how often it was seen",
    conditions: [
      READY,
      network(
        "OtherServer",
        "another DHCP server, 10.0.0.9, is here (seen at least 20 times); stop it",
      ),
    ],
    want: "False OtherServer another DHCP server, 10.0.0.9, is here; stop it",
  },
  {
    name: "another host with the server's address, seen once",
    conditions: [READY, network("ServerAddressInUse", "10.0.0.2 is used (seen once); move it")],
    want: "False ServerAddressInUse 10.0.0.2 is used; move it",
  },
  {
    name: "another server, without what concerns single VMs or none",
    conditions: [
      READY,
      network(
        "OtherServer",
        "another DHCP server, 10.0.0.9, is here (seen once); stop it; 10.0.0.5, bound to " +
          "52:54:00:00:00:05, is used by host 52:54:00:00:00:06 as well (seen once); give that host " +
          "another address; machines that ippool default/ippool-1 does not know send much; find them",
      ),
    ],
    want: "False OtherServer another DHCP server, 10.0.0.9, is here; stop it",
  },
  {
    name: "machines that the pool does not know, which keep nobody from an answer",
    conditions: [READY, network("UnknownClients", "machines that nobody knows")],
    want: `True Answered agents of ippool ${KEY} answer`,
  },
  {
    name: "another server beside agents that do not answer",
    conditions: [agent("False", "NotReady", "no pod"), network("OtherServer", "one")],
    want: `False AgentNotReady no agent of ippool ${KEY} answers (NotReady): no pod`,
  },
];

for (const { name, conditions, paused = false, want } of CASES) {
  Deno.test(`poolAnswersOf() a pool with ${name}`, () => {
    const object = ippoolSample({ status: { conditions } });
    const { status, reason, message } = poolAnswersOf({ key: KEY, paused, object }, true);
    assert.equal(`${status} ${reason} ${message}`, want);
  });
}

Deno.test("poolAnswersOf() takes nothing from a controller that was here before where it observes no agents", () => {
  const object = ippoolSample({ status: { conditions: [READY] } });
  const answers = (paused: boolean) => poolAnswersOf({ key: KEY, paused, object }, false).reason;
  assert.deepEqual([answers(false), answers(true)], ["NothingKnown", "PoolPaused"]);
});
