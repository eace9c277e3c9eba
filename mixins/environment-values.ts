import proxyAddr from "proxy-addr";
import { z } from "zod";

/** `a, b,` → `["a", "b"]`. */
export const list = z.string().transform((text) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean),
);

export const port = z.coerce.number("A port number").int().min(0).max(65535);

export const onOff = z.enum(["on", "off"]).transform((value) => value === "on");

/** A URL with one of these protocols. */
export const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol.slice(0, -1)), {
    error: `A URL that starts with ${protocols.map((protocol) => `${protocol}://`).join(" or ")}`,
  });

export const origins = list.refine(
  (given) => given.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
  { error: "Origins such as https://app.example.com" },
);

/** What `proxy-addr` can compile: addresses, networks, and its names such as `loopback`. */
export const networks = list.refine(areNetworks, { error: "Addresses or networks such as 10.0.0.0/8" });

function areNetworks(given: string[]): boolean {
  try {
    proxyAddr.compile(given);
    return true;
  } catch {
    return false;
  }
}
