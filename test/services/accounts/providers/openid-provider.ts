import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { OAuth2Server } from "oauth2-mock-server";
import { googleProvider } from "../../../../services/accounts/providers/google.ts";
import type { IdentityProvider } from "../../../../services/accounts/providers/identity-provider.ts";

export const CLIENT = { id: "hallabong.apps.example", secret: "client secret that nobody may read" };
const MINJI_AT_GOOGLE = { sub: "10769150350006150715113082367", email: "minji@gmail.example", email_verified: true };

export interface TokenMould {
  header: Record<string, unknown>;
  payload: Record<string, unknown>;
}

/** A provider of OpenID Connect on this machine, and somebody who has an account there. */
export interface OpenIdProvider {
  issuer: string;
  /** What its ID tokens say of who signs in. */
  person: Record<string, unknown>;
  /** Last hand on the ID token before it is signed. */
  mould: (token: TokenMould) => void;
  /** What the token endpoint answers instead. */
  answer: { statusCode: number; body: Record<string, unknown> } | undefined;
  /** Bodies of the token requests so far. */
  exchanges: Record<string, string>[];
  /** Requests of each path so far. */
  asked: string[];
  /** Goes to the provider as a browser would, signs in there, and comes home with what the provider added. */
  visit(url: string): Promise<{ code: string; state: string | undefined }>;
  /** Takes the sending of every answer from here on so long. */
  delayMs: number;
  stop(): Promise<void>;
}

export async function openIdProvider(): Promise<OpenIdProvider> {
  const server = new OAuth2Server();
  await server.issuer.keys.generate("RS256");
  const front = slowly(server, () => opened);
  await once(front.listen(0, "127.0.0.1"), "listening");
  const issuer = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  server.issuer.url = issuer;
  server.service.on("beforeTokenSigning", (token: TokenMould) => {
    Object.assign(token.payload, opened.person);
    opened.mould(token);
  });
  server.service.on("beforeResponse", (response: object, request: { body: Record<string, string> }) => {
    opened.exchanges.push({ ...request.body });
    Object.assign(response, opened.answer);
  });
  const opened: OpenIdProvider = {
    ...{ issuer, person: { ...MINJI_AT_GOOGLE }, mould: () => undefined, answer: undefined },
    ...{ exchanges: [], asked: [], delayMs: 0 },
    async visit(url) {
      const answer = await fetch(url, { redirect: "manual" });
      const home = new URL(answer.headers.get("location")!).searchParams;
      return { code: home.get("code")!, state: home.get("state") ?? undefined };
    },
    async stop() {
      front.closeAllConnections();
      if (front.listening) await once(front.close(), "close");
    },
  };
  return opened;
}

/** Notes what is asked for, and takes its time. */
const slowly = (server: OAuth2Server, opened: () => OpenIdProvider): Server =>
  createServer((request, response) => {
    opened().asked.push(request.url!.split("?")[0]!);
    setTimeout(() => server.service.requestHandler(request, response), opened().delayMs).unref();
  });

export const googleAt = (issuer: string, report: (line: string) => void = () => undefined): IdentityProvider =>
  googleProvider({ client: CLIENT, issuer, report, timeoutSeconds: 1 });
