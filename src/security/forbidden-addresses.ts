import { BlockList, isIP } from "node:net";

/**
 * Addresses that do not lie on the public internet, after the IANA registries of special-purpose
 * addresses (RFC 6890).
 */
const FORBIDDEN_V4: [string, number][] = [
  ["0.0.0.0", 8], // this network, unspecified
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // carrier-grade NAT
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local, where clouds keep their metadata
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // IETF protocols
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
];
/** Only 2000::/3 is global unicast, which leaves out ::1, mapped, NAT64, unique local and others. */
const GLOBAL_V6: [string, number] = ["2000::", 3];
const FORBIDDEN_V6: [string, number][] = [
  ["2001::", 23], // IETF protocols, among them Teredo
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4, which holds any IPv4 address
  ["3fff::", 20], // documentation
];

const forbidden = new BlockList();
for (const [net, prefix] of FORBIDDEN_V4) forbidden.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of FORBIDDEN_V6) forbidden.addSubnet(net, prefix, "ipv6");
const globalV6 = new BlockList();
globalV6.addSubnet(...GLOBAL_V6, "ipv6");

/** Whether an IP address is none of the public internet; what is no address is forbidden, too. */
export function isForbiddenAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return forbidden.check(address, "ipv4");
    case 6:
      return !globalV6.check(address, "ipv6") || forbidden.check(address, "ipv6");
    default:
      return true;
  }
}
