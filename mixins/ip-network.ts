import { isIP } from "node:net";

/**
 * The network that an IP address lies in, in one spelling (`203.0.113.0/24`, `2001:db8:0:1::/64`); undefined for what
 * is no address. An IPv4 address in IPv6 clothes (`::ffff:203.0.113.7`) is that IPv4 address.
 */
export function networkOf(address: string, bits: { v4: number; v6: number }): string | undefined {
  const bare = address.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
  if (isIP(bare) === 4) return `${masked(bare.split(".").map(Number), 8, bits.v4).join(".")}/${bits.v4}`;
  if (isIP(bare) !== 6) return undefined;
  const groups = masked(groupsOf(bare), 16, bits.v6).map((group) => group.toString(16));
  return `${groups.slice(0, Math.ceil(bits.v6 / 16)).join(":")}${bits.v6 > 112 ? "" : "::"}/${bits.v6}`;
}

/** The eight groups of an IPv6 address (RFC 4291 §2.2). */
function groupsOf(address: string): number[] {
  const dotted = /\d+\.\d+\.\d+\.\d+$/.exec(address)?.[0];
  const [a = 0, b = 0, c = 0, d = 0] = dotted?.split(".").map(Number) ?? [];
  const plain = dotted ? address.replace(dotted, `${hex(a, b)}:${hex(c, d)}`) : address;
  const [head = [], tail = []] = plain.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(8 - head.length - tail.length).fill("0");
  return [...head, ...zeros, ...tail].map((group) => parseInt(group, 16));
}

const hex = (high: number, low: number) => ((high << 8) | low).toString(16);

/** The parts of an address with all but its first bits cleared. */
const masked = (parts: readonly number[], width: number, bits: number): number[] =>
  parts.map((part, index) => {
    const kept = Math.min(width, Math.max(0, bits - index * width));
    return part & (((1 << kept) - 1) << (width - kept));
  });
