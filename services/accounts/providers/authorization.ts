import { randomBytes } from "node:crypto";
import { digestOf } from "../../../mixins/digest.ts";
import type { Office } from "../office.ts";
import type { Grant, IdentityProvider } from "./identity-provider.ts";
import { ProviderNotConfigured, StateInvalid, type ProviderName } from "./providers.contract.ts";

/** So long somebody may take to sign in at the provider. */
const LIFE_MS = 10 * 60_000;

const random = () => randomBytes(32).toString("base64url");
/** The S256 challenge of a verifier (RFC 7636 §4.2), which is all that we keep of it. */
const challengeOf = digestOf;

/** What a sign-in was begun with; it comes home as it went out. */
interface Begun {
  provider: ProviderName;
  redirectUri: string;
  nonce: string;
  codeChallenge: string;
}

/** Throws `PROVIDER_NOT_CONFIGURED`. */
export function providerOf({ providers }: Office, name: ProviderName): IdentityProvider {
  const provider = providers[name];
  if (!provider) throw ProviderNotConfigured();
  return provider;
}

/** Begins a sign-in; the state remembers for which account, where somebody signed in begins it. */
export async function beginAuthorization(
  office: Office,
  name: ProviderName,
  redirectUri: string,
  accountId: string | undefined,
) {
  const provider = providerOf(office, name);
  const [nonce, codeVerifier] = [random(), random()];
  const begun: Begun = { provider: name, redirectUri, nonce, codeChallenge: challengeOf(codeVerifier) };
  const expiresAt = new Date(office.clock() + LIFE_MS).toISOString();
  const state = await office.oneTime.issue({
    ...{ kind: "providerState", accountId, data: { ...begun }, lifeMs: LIFE_MS },
  });
  const url = await provider.authorizationUrl({ ...begun, state });
  return { url, state, nonce, codeVerifier, expiresAt };
}

/**
 * The grant to exchange. A state of ours is spent, whatever follows, and must fit all that the client brings; the nonce
 * is then the one that went out with it. Without a state the client ran its own flow: PKCE and its nonce protect it.
 * Throws `STATE_INVALID`.
 */
export async function resumeAuthorization(
  { oneTime }: Office,
  name: ProviderName,
  { state, ...grant }: Grant & { state?: string | undefined },
  accountId?: string,
): Promise<Grant> {
  if (state === undefined) return grant;
  const spent = await oneTime.spend("providerState", state);
  const begun = spent?.data as Begun | undefined;
  const fits =
    begun?.provider === name &&
    begun.redirectUri === grant.redirectUri &&
    begun.codeChallenge === challengeOf(grant.codeVerifier) &&
    (grant.nonce === undefined || grant.nonce === begun.nonce) &&
    (accountId === undefined || spent?.accountId === accountId);
  if (!fits) throw StateInvalid();
  return { ...grant, nonce: begun.nonce };
}
