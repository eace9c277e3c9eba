import {
  allowInsecureRequests,
  buildAuthorizationUrl,
  ClientSecretPost,
  Configuration,
  fetchProtectedResource,
  genericGrantRequest,
} from "openid-client";
import { z } from "zod";
import { ProviderRefused } from "./providers.contract.ts";
import {
  mayBePlain,
  type ClientCredentials,
  type Grant,
  type IdentityProvider,
  type Vouched,
} from "./identity-provider.ts";
import { exchangeTrouble, unavailable, type Report } from "./provider-trouble.ts";

interface KakaoOptions {
  client: ClientCredentials;
  report: Report;
  /** Where people sign in, and where their data are asked for: Kakao, unless a test has servers of its own. */
  authUrl?: string;
  apiUrl?: string;
  /** For one request; an exchange makes two. */
  timeoutSeconds?: number;
}

const NAME = "Kakao";

/** What `GET /v2/user/me` tells, as far as somebody agreed to it. */
const Person = z.object({
  id: z.int().positive(),
  kakao_account: z
    .object({
      email: z.string().nullish(),
      is_email_valid: z.unknown().optional(),
      is_email_verified: z.unknown().optional(),
      profile: z.object({ nickname: z.string().nullish(), profile_image_url: z.string().nullish() }).nullish(),
    })
    .nullish(),
});

/**
 * Kakao: OAuth 2.0 with PKCE (S256). Who somebody is is asked of Kakao with the access token that the code was given
 * for, so it is a token for us. No scopes are asked for: what people agree to is set in Kakao's console, and a scope that
 * is not set there would be an error. An ID token, which apps with OpenID Connect get too, must fit as well.
 */
export function kakaoProvider(options: KakaoOptions): IdentityProvider {
  const { apiUrl = "https://kapi.kakao.com", report } = options;
  const kakao = configuration(options);
  return {
    authorizationUrl({ redirectUri, state, codeChallenge }) {
      const proof = { code_challenge: codeChallenge, code_challenge_method: "S256" };
      return Promise.resolve(buildAuthorizationUrl(kakao, { redirect_uri: redirectUri, state, ...proof }).href);
    },
    async exchange(grant) {
      const token = await accessToken(kakao, grant).catch((error: unknown) => {
        throw ProviderRefused.is(error) ? error : exchangeTrouble(NAME, error, report);
      });
      try {
        const answer = await fetchProtectedResource(kakao, token, new URL(`${apiUrl}/v2/user/me`), "GET");
        return vouched(Person.parse(await answer.json()));
      } catch (error) {
        throw unavailable(NAME, error, report);
      }
    },
  };
}

async function accessToken(kakao: Configuration, { code, codeVerifier, redirectUri, nonce, iss }: Grant) {
  if (iss !== undefined && iss !== kakao.serverMetadata().issuer) throw ProviderRefused();
  const grant = { code, redirect_uri: redirectUri, code_verifier: codeVerifier };
  const tokens = await genericGrantRequest(kakao, "authorization_code", grant);
  const carried = tokens.claims()?.nonce;
  if (carried !== undefined && carried !== nonce) throw ProviderRefused();
  return tokens.access_token;
}

const vouched = ({ id, kakao_account: account }: z.infer<typeof Person>): Vouched => ({
  subject: String(id),
  email: account?.email ?? null,
  emailVerified: account?.is_email_valid === true && account.is_email_verified === true,
  name: account?.profile?.nickname ?? null,
  picture: account?.profile?.profile_image_url ?? null,
});

/** Kakao's addresses stand in its documentation: nothing is asked for. */
function configuration({ client, authUrl = "https://kauth.kakao.com", timeoutSeconds = 3 }: KakaoOptions) {
  const endpoints = {
    issuer: authUrl,
    authorization_endpoint: `${authUrl}/oauth/authorize`,
    token_endpoint: `${authUrl}/oauth/token`,
  };
  const kakao = new Configuration(endpoints, client.id, undefined, ClientSecretPost(client.secret));
  kakao.timeout = timeoutSeconds;
  if (mayBePlain(new URL(authUrl))) allowInsecureRequests(kakao);
  return kakao;
}
