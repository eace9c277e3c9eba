import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { kakaoProvider } from "../../../../services/accounts/providers/kakao.ts";
import type { IdentityProvider } from "../../../../services/accounts/providers/identity-provider.ts";

export const KAKAO_CLIENT = { id: "kakao-rest-api-key", secret: "kakao secret that nobody may read" };

/** What Kakao tells of somebody who agreed to show everything. */
export const MINJI_AT_KAKAO = {
  id: 3_141_592_653,
  connected_at: "2026-04-11T01:45:28Z",
  kakao_account: {
    profile_nickname_needs_agreement: false,
    profile: { nickname: "민지", profile_image_url: "http://k.kakaocdn.example/minji.jpg" },
    ...{ has_email: true, email_needs_agreement: false, is_email_valid: true, is_email_verified: true },
    email: "minji@kakao.example",
  },
};

/** Kakao as its documentation describes it (REST API, Kakao Login), on this machine. */
export interface KakaoDouble {
  url: string;
  /** What `/v2/user/me` tells of who signs in. */
  person: unknown;
  /** More that comes with the access token. */
  alsoAnswered: Record<string, unknown>;
  asked: string[];
  visit(url: string): Promise<{ code: string; state: string | undefined }>;
  stop(): Promise<void>;
}

interface Issued {
  redirectUri: string;
  challenge: string | null;
}

export async function openKakao(): Promise<KakaoDouble> {
  const codes = new Map<string, Issued>();
  const tokens = new Set<string>();
  const server = createServer((request, response) => {
    const url = new URL(request.url!, "http://kakao");
    kakao.asked.push(`${request.method} ${url.pathname}`);
    void answer(request, url).then(([status, headers, body]) => {
      response.writeHead(status, { "content-type": "application/json;charset=UTF-8", ...headers });
      response.end(JSON.stringify(body));
    });
  });
  const answer = async (request: IncomingMessage, url: URL): Promise<[number, Record<string, string>, unknown]> => {
    if (url.pathname === "/oauth/authorize") return authorize(url.searchParams);
    if (url.pathname === "/oauth/token") return token(request, new URLSearchParams(await text(request)));
    const [scheme, bearer] = request.headers.authorization?.split(" ") ?? [];
    if (scheme?.toLowerCase() === "bearer" && tokens.has(bearer!)) return [200, {}, kakao.person];
    return [401, {}, { msg: "this access token does not exist", code: -401 }];
  };
  const authorize = (given: URLSearchParams): [number, Record<string, string>, unknown] => {
    const isGood = given.get("response_type") === "code" && given.get("client_id") === KAKAO_CLIENT.id;
    if (!isGood) return [400, {}, { error: "invalid_request", error_code: "KOE006" }];
    const code = randomUUID();
    codes.set(code, { redirectUri: given.get("redirect_uri")!, challenge: given.get("code_challenge") });
    const home = new URL(given.get("redirect_uri")!);
    home.search = new URLSearchParams({ code, state: given.get("state") ?? "" }).toString();
    return [302, { location: home.href }, {}];
  };
  const token = (request: IncomingMessage, given: URLSearchParams): [number, Record<string, string>, unknown] => {
    const refuse = (status: number, error: string, error_code: string): [number, Record<string, string>, unknown] => {
      const error_description = `${error} code=${given.get("code")}`;
      return [status, {}, { error, error_description, error_code }];
    };
    if (!request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded"))
      return refuse(400, "invalid_request", "KOE002");
    if (given.get("client_id") !== KAKAO_CLIENT.id || given.get("client_secret") !== KAKAO_CLIENT.secret)
      return refuse(401, "invalid_client", "KOE010");
    if (given.get("grant_type") !== "authorization_code") return refuse(400, "unsupported_grant_type", "KOE001");
    const issued = codes.get(given.get("code")!);
    codes.delete(given.get("code")!);
    if (!issued) return refuse(400, "invalid_grant", "KOE320");
    if (issued.redirectUri !== given.get("redirect_uri")) return refuse(400, "invalid_grant", "KOE303");
    const challenge = createHash("sha256").update(given.get("code_verifier")!).digest("base64url");
    if (issued.challenge !== challenge) return refuse(400, "invalid_grant", "KOE322");
    const access_token = randomUUID();
    tokens.add(access_token);
    const expiry = { expires_in: 21_599, refresh_token: randomUUID(), refresh_token_expires_in: 5_183_999 };
    return [200, {}, { token_type: "bearer", access_token, ...expiry, scope: "account_email", ...kakao.alsoAnswered }];
  };
  await once(server.listen(0, "127.0.0.1"), "listening");
  const kakao: KakaoDouble = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ person: MINJI_AT_KAKAO, alsoAnswered: {}, asked: [] },
    async visit(url) {
      const response = await fetch(url, { redirect: "manual" });
      const home = new URL(response.headers.get("location")!).searchParams;
      return { code: home.get("code")!, state: home.get("state") ?? undefined };
    },
    async stop() {
      server.closeAllConnections();
      if (server.listening) await once(server.close(), "close");
    },
  };
  return kakao;
}

export const kakaoAt = (url: string, report: (line: string) => void = () => undefined): IdentityProvider =>
  kakaoProvider({ client: KAKAO_CLIENT, authUrl: url, apiUrl: url, report, timeoutSeconds: 1 });
