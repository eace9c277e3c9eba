import type { ConnectionOptions } from "nats";

/**
 * A lost server is noticed within 15 s even where no connection is seen to break, and asked for every half second. It is
 * asked on when it refuses the password, too: the client would close the connection for good at the second refusal.
 */
const PATIENCE = {
  ...{ maxReconnectAttempts: -1, reconnectTimeWait: 500, ignoreAuthErrorAbort: true },
  ...{ pingInterval: 5000, maxPingOut: 2 },
};

/**
 * How each connection of a process reaches its server: what a URL such as nats://user:password@host:4222 says, in the
 * client's terms (it reads neither user nor scheme itself), and with patience.
 */
export function natsOptions(url: string): ConnectionOptions {
  const { host, username, password, protocol } = new URL(url);
  return {
    ...PATIENCE,
    servers: [host],
    ...(username && { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
    ...(protocol === "tls:" && { tls: {} }),
  };
}
