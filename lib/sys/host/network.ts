/** The network of this host, through system calls. */

import type { Network } from "../contract.ts";
import { Errno, errnoError } from "../libc/errno.ts";
import { inspectInterface } from "./interface_info.ts";
import { openPacketSocket, requirePacketSockets } from "../packet/packet_socket.ts";
import { holdUdpPort } from "../packet/udp_port_holder.ts";

/** Access to the interfaces of the network namespace that this process runs in. */
export function createNetwork(): Network {
  return {
    inspect: inspectInterface,
    requirePacketSockets,
    openPacketPort(interfaceName) {
      const found = inspectInterface(interfaceName);
      if (found === undefined) throw errnoError(`open (interface ${interfaceName})`, Errno.ENODEV);
      return openPacketSocket(found);
    },
    holdUdpPort,
  };
}
