import type { IdentityProvider, Vouched } from "../../../../services/accounts/providers/identity-provider.ts";

/** Somebody whose address the provider has verified. */
export const somebody = (subject: string, email: string): Vouched => ({
  ...{ subject, email, emailVerified: true, name: null, picture: null },
});

/** A provider that vouches for whoever a test names by a code; nothing is sent anywhere. */
export function vouchingFor(people: Record<string, Vouched>): IdentityProvider {
  return {
    authorizationUrl: (order) => Promise.resolve(`https://provider.example/?${new URLSearchParams({ ...order })}`),
    exchange: ({ code }) => Promise.resolve(people[code]!),
  };
}

/** What a client that ran its own flow brings home. */
export const homeWith = (code: string) => ({
  ...{ code, codeVerifier: "v".repeat(43), redirectUri: "https://market.example/signed-in" },
});
