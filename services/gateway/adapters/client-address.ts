import type { IncomingMessage } from "node:http";
import { isIP, isIPv6 } from "node:net";
import proxyAddr from "proxy-addr";
import { networkOf } from "../../../mixins/ip-network.ts";

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
export const addressKey = (address: string): string =>
  isIPv6(address) ? networkOf(address, { v4: 32, v6: 64 })! : address;
