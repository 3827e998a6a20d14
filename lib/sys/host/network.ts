/** The network of this host, through system calls. */

import type { Network, NetworkInterface } from "../contract.ts";
import { Errno, errnoError } from "../libc/errno.ts";
import { InterfaceChanges } from "./interface_changes.ts";
import { inspectInterface } from "./interface_info.ts";
import {
  openPacketSocket,
  rebindPacketSocket,
  requirePacketSockets,
} from "../packet/packet_socket.ts";
import { ringSlotsFor } from "../packet/receive_ring.ts";
import { holdUdpPort } from "../packet/udp_port_holder.ts";

const changes = new InterfaceChanges();

/**
 * Access to the interfaces of the network namespace that this process runs in.
 *
 * @param ports How many packet ports are open at once, as far as is known when one is opened: the more,
 * the less memory each takes.
 */
export function createNetwork(ports: () => number = () => 1): Network {
  return {
    inspect: inspectInterface,
    changes: (interfaceIndex) => changes.lastOf(interfaceIndex),
    requirePacketSockets,
    openPacketPort: async (interfaceName) =>
      await openPacketSocket(existing(interfaceName), ringSlotsFor(ports())),
    reopenPacketPort: (previous) => rebindPacketSocket(previous, existing(previous.interfaceName)),
    holdUdpPort,
  };
}

function existing(interfaceName: string): NetworkInterface {
  const found = inspectInterface(interfaceName);
  if (found === undefined) throw errnoError(`open (interface ${interfaceName})`, Errno.ENODEV);
  return found;
}
