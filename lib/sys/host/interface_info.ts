/**
 * Facts about interfaces, asked by netdevice(7) requests and rtnetlink(7): these need neither /sys nor
 * /proc. One interface is asked for at a time, so that a look at it costs the same on a host with
 * thousands of them, and through one socket that stays open, so that a look needs no descriptor.
 */

import { macAddressFromBytes } from "../../net/mac_address.ts";
import { ErrnoError, type NetworkInterface } from "../contract.ts";
import { Errno, withSubject } from "../libc/errno.ts";
import * as libc from "../libc/libc.ts";
import { encodeInterfaceRequest, IFREQ, INTERFACE_NAME_BYTES_MAX } from "../libc/struct_layouts.ts";
import { askIpv4Addresses, QuerySocket } from "./interface_addresses.ts";

const SIOCGIFFLAGS = 0x8913;
const SIOCGIFMTU = 0x8921;
const SIOCGIFHWADDR = 0x8927;
const SIOCGIFINDEX = 0x8933;
const IFF_UP = 1;
const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;

const queries = new QuerySocket();

/**
 * Describes an interface of this process's network namespace.
 *
 * @returns `undefined` when there is none of this name.
 * @throws {ErrnoError} when the kernel refuses to say.
 * @throws {Error} when the name cannot belong to an interface, or the interface is not Ethernet.
 */
export function inspectInterface(name: string): NetworkInterface | undefined {
  checkInterfaceName(name);
  try {
    return describe(queries.descriptor, name);
  } catch (error) {
    if (error instanceof ErrnoError && error.errno === Errno.ENODEV) return undefined;
    queries.close();
    throw withSubject(error, `interface ${name}`);
  }
}

function checkInterfaceName(name: string): void {
  const bytes = new TextEncoder().encode(name).length;
  if (bytes > INTERFACE_NAME_BYTES_MAX) {
    throw new Error(
      `Interface name "${name}" has ${bytes} octets, but Linux allows at most ` +
        `${INTERFACE_NAME_BYTES_MAX}; check its spelling`,
    );
  }
  // What dev_valid_name() of the kernel refuses.
  if (name === "" || name === "." || name === ".." || /[/:\s]/.test(name)) {
    throw new Error(`"${name}" cannot be the name of an interface; check its spelling`);
  }
}

function describe(fd: number, name: string): NetworkInterface {
  const index = ask(fd, SIOCGIFINDEX, name).view.getInt32(IFREQ.value, true);
  const hardware = ask(fd, SIOCGIFHWADDR, name);
  const hardwareType = hardware.view.getUint16(IFREQ.value, true);
  if (hardwareType !== ARPHRD_ETHER && hardwareType !== ARPHRD_LOOPBACK) {
    throw new Error(
      `Interface ${name} is not Ethernet (hardware type ${hardwareType}); DHCP is served on ` +
        "Ethernet-like interfaces such as bridges and veths",
    );
  }
  return {
    name,
    index,
    macAddress: macAddressFromBytes(hardware.memory, IFREQ.hardwareAddress),
    mtuBytes: ask(fd, SIOCGIFMTU, name).view.getInt32(IFREQ.value, true),
    up: (ask(fd, SIOCGIFFLAGS, name).view.getUint16(IFREQ.value, true) & IFF_UP) !== 0,
    ipv4Addresses: askIpv4Addresses(fd, index),
  };
}

function ask(fd: number, request: number, name: string) {
  const ifreq = encodeInterfaceRequest(name);
  libc.ioctl(fd, request, ifreq.memory);
  return ifreq;
}
