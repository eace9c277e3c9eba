import type { ConnectionOptions } from "nats";

/** What a URL such as nats://user:password@host:4222 says, in the client's terms; it reads neither user nor scheme itself. */
export function natsOptions(url: string): Pick<ConnectionOptions, "servers" | "user" | "pass" | "tls"> {
  const { host, username, password, protocol } = new URL(url);
  return {
    servers: [host],
    ...(username && { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
    ...(protocol === "tls:" && { tls: {} }),
  };
}
