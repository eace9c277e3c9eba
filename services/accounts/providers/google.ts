import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  discovery,
  enableNonRepudiationChecks,
  type Configuration,
} from "openid-client";
import { z } from "zod";
import { mayBePlain, type ClientCredentials, type IdentityProvider, type Vouched } from "./identity-provider.ts";
import { exchangeTrouble, unavailable, type Report } from "./provider-trouble.ts";

interface GoogleOptions {
  client: ClientCredentials;
  report: Report;
  /** Google, unless a test has a provider of its own; http for loopback addresses only. */
  issuer?: string;
  /** For a request; an exchange makes up to two. Half of it for each of two tries to learn the provider's addresses. */
  timeoutSeconds?: number;
}

const NAME = "Google";
/** The provider's addresses are asked for again after this time. */
const KNOWN_MS = 24 * 3600_000;

/** What the ID token says of somebody (OpenID Connect Core §5.1). */
const Claims = z.object({
  sub: z.string().min(1).max(255),
  email: z.string().nullish(),
  email_verified: z.unknown().optional(),
  name: z.string().nullish(),
  picture: z.string().nullish(),
});

/**
 * Google, or any provider of OpenID Connect: code flow with PKCE (S256). The ID token's signature, issuer, audience,
 * time and nonce are checked by openid-client; a token with a nonce that nobody expects is refused.
 */
export function googleProvider(options: GoogleOptions): IdentityProvider {
  const { report } = options;
  const provider = metProvider(() => meet(options));
  const met = () =>
    provider().catch((error: unknown) => {
      throw unavailable(NAME, error, report);
    });
  return {
    async authorizationUrl({ redirectUri, state, nonce, codeChallenge }) {
      const asked = { scope: "openid email profile", redirect_uri: redirectUri, state, nonce };
      const proof = { code_challenge: codeChallenge, code_challenge_method: "S256" };
      return buildAuthorizationUrl(await met(), { ...asked, ...proof }).href;
    },
    async exchange({ code, codeVerifier, redirectUri, nonce, iss }) {
      const google = await met();
      const home = new URL(redirectUri);
      home.search = new URLSearchParams({ code, iss: iss ?? google.serverMetadata().issuer }).toString();
      const expected = { idTokenExpected: true, ...(nonce !== undefined && { expectedNonce: nonce }) };
      try {
        const tokens = await authorizationCodeGrant(google, home, { pkceCodeVerifier: codeVerifier, ...expected });
        return vouched(Claims.parse(tokens.claims()));
      } catch (error) {
        throw exchangeTrouble(NAME, error, report);
      }
    },
  };
}

const vouched = ({ sub, email, email_verified, name, picture }: z.infer<typeof Claims>): Vouched => ({
  subject: sub,
  email: email ?? null,
  emailVerified: email_verified === true,
  name: name ?? null,
  picture: picture ?? null,
});

async function meet({ client, issuer = "https://accounts.google.com", timeoutSeconds = 3 }: GoogleOptions) {
  const server = new URL(issuer);
  const execute = [enableNonRepudiationChecks, ...(mayBePlain(server) ? [allowInsecureRequests] : [])];
  const ask = () => discovery(server, client.id, client.secret, undefined, { timeout: timeoutSeconds / 2, execute });
  const provider = await ask().catch(ask);
  provider.timeout = timeoutSeconds;
  return provider;
}

/** Asks once for all who wait, and again after a day; a failure is forgotten, and old news are better than none. */
function metProvider(ask: () => Promise<Configuration>): () => Promise<Configuration> {
  let known: { provider: Configuration; atMs: number } | undefined;
  let asking: Promise<Configuration> | undefined;
  return () => {
    if (known && Date.now() - known.atMs < KNOWN_MS) return Promise.resolve(known.provider);
    asking ??= ask()
      .then((provider) => (known = { provider, atMs: Date.now() }).provider)
      .catch((error: unknown) => {
        if (!known) throw error;
        return known.provider;
      })
      .finally(() => (asking = undefined));
    return asking;
  };
}
