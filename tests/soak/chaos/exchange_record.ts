/** What passed between clients and servers on a bridge, judged from outside of both. */

import { HERE, runIn } from "../../support/network/network_namespace.ts";

const DISCOVER = "1";
const REQUEST = "3";
const ACK = "5";
const NAK = "6";

/** Some clients send a REQUEST by two ways at once. */
const SAME_REQUEST_SECONDS = 0.2;

/** What one client went through after its first lease. */
export interface ClientRecord {
  readonly mac: string;
  /** Exchanges that ended with an ACK. */
  readonly acknowledged: number;
  /** Sentences about exchanges that failed. */
  readonly failures: readonly string[];
}

/** Reads a capture of DHCP packets: what became of each client since its first ACK. */
export async function readExchanges(file: string): Promise<readonly ClientRecord[]> {
  const fields = ["frame.time_relative", "dhcp.hw.mac_addr", "dhcp.option.dhcp"];
  const text = await runIn(
    HERE,
    ...["tshark", "-n", "-r", file, "-T", "fields"],
    ...fields.flatMap((field) => ["-e", field]),
  );
  const judges = new Map<string, ClientJudge>();
  for (const line of text.split("\n")) {
    const [atSeconds = "", mac = "", type = ""] = line.split("\t");
    if (mac === "") continue;
    const judge = judges.get(mac) ?? new ClientJudge();
    judges.set(mac, judge);
    judge.see(type, Number(atSeconds));
  }
  return [...judges].map(([mac, { acknowledged, failures }]) => ({ mac, acknowledged, failures }));
}

/** Follows the messages of one client. An exchange may need one retransmission. */
class ClientJudge {
  acknowledged = 0;
  readonly failures: string[] = [];
  #unanswered = 0;
  #requestSeconds = -Infinity;

  see(type: string, atSeconds: number): void {
    if (type === ACK) {
      this.acknowledged++;
      this.#unanswered = 0;
      return;
    }
    if (this.acknowledged === 0) return;
    const at = `at ${atSeconds.toFixed(1)} s`;
    if (type === DISCOVER) this.failures.push(`it had lost its lease ${at}`);
    if (type === NAK) this.failures.push(`it was sent a NAK ${at}`);
    if (type !== REQUEST) return;
    const isSame = atSeconds - this.#requestSeconds < SAME_REQUEST_SECONDS;
    this.#requestSeconds = atSeconds;
    if (!isSame && ++this.#unanswered === 3) {
      this.failures.push(`two REQUESTs in turn were not answered ${at}`);
    }
  }
}
