import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";

const FORWARDING = /^(?:forwarded|via|x-real-ip|x-forwarded(?:-.*)?)$/u;
const LOOPBACK = /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/u;
const LOCAL_HOSTS: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Whether the connection comes from this machine and no proxy says that it speaks for another. */
export function isDirectLoopback(request: FastifyRequest): boolean {
  // The address of the connection itself: what proxies claim does not count here.
  const peer = request.raw.socket.remoteAddress ?? "";
  return LOOPBACK.test(peer) && !Object.keys(request.headers).some((name) => FORWARDING.test(name));
}

/**
 * Whether a Host header names this machine or one of `hosts`; those without a port hold for every
 * port.
 */
export function isExpectedHost(host: string, hosts: readonly string[]): boolean {
  const name = host.toLowerCase();
  const bare = name.replace(/:\d+$/u, "");
  return LOCAL_HOSTS.includes(bare) || hosts.includes(name) || hosts.includes(bare);
}

/**
 * Who shares an address's budget: an IPv4 address alone, an IPv6 one with its /64, which belongs to
 * one customer.
 */
export function addressGroup(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/u.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.replace(/%.*$/u, "").split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => "0"), ...after];
  return `${groups.slice(0, 4).join(":")}::/64`;
}
