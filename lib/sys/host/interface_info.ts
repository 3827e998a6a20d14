/** Facts about interfaces, asked by netdevice(7) requests: these need neither /sys nor /proc. */

import { networkInterfaces } from "node:os";
import { type Ipv4Address, parseIpv4Address } from "../../net/ipv4_address.ts";
import { macAddressFromBytes } from "../../net/mac_address.ts";
import { ErrnoError, type NetworkInterface } from "../contract.ts";
import { Errno, withSubject } from "../libc/errno.ts";
import * as libc from "../libc/libc.ts";
import {
  AF_INET,
  encodeInterfaceRequest,
  IFREQ,
  INTERFACE_NAME_BYTES_MAX,
} from "../libc/struct_layouts.ts";

const SIOCGIFFLAGS = 0x8913;
const SIOCGIFMTU = 0x8921;
const SIOCGIFHWADDR = 0x8927;
const SIOCGIFINDEX = 0x8933;
const IFF_UP = 1;
const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;

/**
 * Describes an interface of this process's network namespace.
 *
 * @returns `undefined` when there is none of this name.
 * @throws {ErrnoError} when the kernel refuses to say.
 * @throws {Error} when the name cannot belong to an interface, or the interface is not Ethernet.
 */
export function inspectInterface(name: string): NetworkInterface | undefined {
  checkInterfaceName(name);
  const fd = libc.socket(AF_INET, libc.SOCK_DGRAM | libc.SOCK_CLOEXEC, 0);
  try {
    return describe(fd, name);
  } catch (error) {
    if (error instanceof ErrnoError && error.errno === Errno.ENODEV) return undefined;
    throw withSubject(error, `interface ${name}`);
  } finally {
    libc.close(fd);
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
    ipv4Addresses: ipv4AddressesOf(name),
  };
}

function ask(fd: number, request: number, name: string) {
  const ifreq = encodeInterfaceRequest(name);
  libc.ioctl(fd, request, ifreq.memory);
  return ifreq;
}

function ipv4AddressesOf(name: string): readonly Ipv4Address[] {
  return Object.entries(networkInterfaces())
    // Further addresses may carry a label of their own: eth1:0.
    .filter(([label]) => label === name || label.startsWith(`${name}:`))
    .flatMap(([, entries]) => entries ?? [])
    .filter(({ family }) => family === "IPv4")
    .map(({ address }) => parseIpv4Address(address))
    .filter((address) => address !== undefined);
}
