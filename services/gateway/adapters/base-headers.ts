import { ServerResponse, IncomingMessage } from "node:http";
import { Socket } from "node:net";
import helmet from "helmet";

/**
 * The security headers of every answer, as helmet sets them. Answers are data and may run nothing; only the page of the
 * interface gets a policy of its own. HSTS is for installations that are reached by https.
 */
export function baseHeaders(options: { https: boolean }): ReadonlyMap<string, string> {
  return headersOf(
    helmet({
      strictTransportSecurity: options.https ? { maxAge: 31_536_000, includeSubDomains: false } : false,
      crossOriginResourcePolicy: { policy: "cross-origin" },
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { defaultSrc: ["'none'"], styleSrc: ["'unsafe-inline'"], frameAncestors: ["'none'"] },
      },
    }),
  );
}

/** What a page may do that shows the interface: its own scripts and styles, calls to its own origin. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

/** Helmet's headers do not depend on the request, so they are made once. */
function headersOf(middleware: ReturnType<typeof helmet>): ReadonlyMap<string, string> {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  middleware(request, response, (error) => {
    if (error) throw error as Error;
  });
  response.setHeader("Vary", "Origin");
  return new Map(Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]));
}
