import type { IncomingMessage } from "node:http";
import { isIP, isIPv6 } from "node:net";
import proxyAddr from "proxy-addr";

/**
 * The client's address: the peer's, or what a trusted proxy says in X-Forwarded-For. Without trusted proxies the header
 * is worth nothing, so nobody can borrow an address.
 */
export function clientAddress(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const trust = proxyAddr.compile([...trustedProxies]);
  return (request) => {
    const said = proxyAddr(request, trust) as string | undefined;
    const address = said !== undefined && isIP(said) ? said : (request.socket.remoteAddress ?? "unknown");
    return address.replace(/^::ffff:(?=\d+\.)/, "");
  };
}

/** One client in limits: the address, or its /64 network in IPv6, where each household has 2^64 addresses. */
export function addressKey(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("::") as [string, string | undefined];
  const groups = head === "" ? [] : head.split(":");
  const zeros = tail === undefined ? 0 : 8 - groups.length - (tail === "" ? 0 : tail.split(":").length);
  const full = [...groups, ...Array<string>(zeros).fill("0"), ...(tail ? tail.split(":") : [])];
  return `${full.slice(0, 4).join(":")}::/64`;
}
