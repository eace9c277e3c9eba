import type { ProviderName } from "./providers.contract.ts";

/** What a browser is sent to the provider with (RFC 6749 §4.1.1, RFC 7636, OpenID Connect Core §3.1.2.1). */
export interface AuthorizationOrder {
  redirectUri: string;
  state: string;
  nonce: string;
  /** S256. */
  codeChallenge: string;
}

/** What it comes home with. */
export interface Grant {
  code: string;
  codeVerifier: string;
  redirectUri: string;
  /** What the provider's word must carry; undefined: it must carry none. */
  nonce?: string | undefined;
  /** Who says that the code is theirs (RFC 9207). */
  iss?: string | undefined;
}

/** Who a provider says somebody is. */
export interface Vouched {
  /** The provider's own name for them: it never changes and is never given to somebody else. */
  subject: string;
  /** May change, may have been somebody else's: it finds no member that is known by subject. */
  email: string | null;
  emailVerified: boolean;
  name: string | null;
  picture: string | null;
}

/** Somebody who vouches for people: a port. Throws `PROVIDER_UNAVAILABLE` and, `exchange` only, `PROVIDER_REFUSED`. */
export interface IdentityProvider {
  authorizationUrl(order: AuthorizationOrder): Promise<string>;
  /** Spends the code: it is tried once and never again. */
  exchange(grant: Grant): Promise<Vouched>;
}

/** Those that this installation has credentials for. */
export type Providers = Partial<Record<ProviderName, IdentityProvider>>;

/** What a provider knows this installation by. */
export interface ClientCredentials {
  id: string;
  secret: string;
}

/** Without TLS a provider is spoken to on this machine only, which is where tests have theirs. */
export const mayBePlain = ({ protocol, hostname }: URL): boolean =>
  protocol === "http:" && (hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname));
