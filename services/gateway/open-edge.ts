import type { ServiceBroker } from "moleculer";
import type { RedisLink } from "../../mixins/redis.ts";
import { sessionCookies } from "../../mixins/session-cookies.ts";
import type { AccessVerifier } from "../../mixins/tokens/access-verifier.ts";
import { csrfTokens } from "../../mixins/tokens/csrf-token.ts";
import { baseHeaders } from "./adapters/base-headers.ts";
import { callers } from "./adapters/caller.ts";
import { clientAddress } from "./adapters/client-address.ts";
import { docsFiles } from "./adapters/docs-page.ts";
import { noRateLimits, rateLimits } from "./adapters/rate-limits.ts";
import { crossOrigin } from "./domain/cross-origin.ts";
import type { RouteTable } from "./domain/routes.ts";
import { edge, type Edge } from "./edge.ts";
import { exchanges } from "./exchange.ts";
import type { Once } from "./once.ts";
import { requestKeys } from "./request-keys.ts";

export interface GatewaySettings {
  port: number;
  /** What CSRF tokens are derived from, and what keeps the records of keyed requests closed. */
  jwtSecret: string;
  publicUrl: string;
  corsOrigins: readonly string[];
  trustedProxies: readonly string[];
  rateLimits: boolean;
  /** Where gateways count together and share what they remember of finished requests. */
  redis?: RedisLink | undefined;
}

interface EdgeParts {
  table: RouteTable;
  once: Once;
  verifier: AccessVerifier;
  settings: GatewaySettings;
  logger: ServiceBroker["logger"];
}

/** Puts the edge together from its parts, as the settings ask. */
export function openEdge({ table, once, verifier, settings, logger }: EdgeParts): Edge {
  const { publicUrl } = settings;
  warnOfOneAddress(settings, logger);
  const cookies = sessionCookies({ publicUrl });
  return edge({
    table,
    cookies,
    once,
    keysOfRequest: requestKeys(settings.jwtSecret),
    logger,
    files: docsFiles(),
    callers: callers({ verifier, csrfToken: csrfTokens(settings.jwtSecret), cookies }),
    limits: settings.rateLimits ? rateLimits(table.routes, settings.redis) : noRateLimits,
    exchanges: exchanges({
      table,
      origins: crossOrigin(settings.corsOrigins, publicUrl),
      addressOf: clientAddress(settings.trustedProxies),
      baseHeaders: baseHeaders({ https: publicUrl.startsWith("https:") }),
    }),
  });
}

/** We speak no TLS: behind https there is a proxy, and what comes from it seems to come from one address. */
function warnOfOneAddress({ publicUrl, trustedProxies, rateLimits }: GatewaySettings, logger: ServiceBroker["logger"]) {
  if (!publicUrl.startsWith("https:") || trustedProxies.length > 0 || !rateLimits) return;
  logger.warn(
    "PUBLIC_URL is https, so a proxy stands in front, and TRUSTED_PROXIES names none: all clients that come by it share one limit",
  );
}
