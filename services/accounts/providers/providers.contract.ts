import { z } from "zod";
import { actions, NoContent, Time } from "../../../mixins/contract.ts";
import { failure } from "../../../mixins/failure.ts";
import {
  SIGN_IN_REFUSALS,
  EXAMPLE_LINK_TOKEN,
  OneTimeToken,
  PendingSignIn,
  SignedIn,
  StepUpRequired,
  WebAddress,
  WRITES_LETTERS,
} from "../account.contract.ts";
import { LastSignInMethod } from "../second-factor/second-factor.contract.ts";

export const ProviderName = z.enum(["google", "kakao"]).meta({ id: "ProviderName", examples: ["google"] });
export type ProviderName = z.infer<typeof ProviderName>;

export const Identity = z.strictObject({ provider: ProviderName, linkedAt: Time }).meta({ id: "Identity" });
export type Identity = z.infer<typeof Identity>;

/** As it is registered with the provider, which compares it letter by letter (RFC 9700 §2.1). */
const RedirectUri = WebAddress.refine(isBareAddress, {
  error: "In full, such as https://example.com/signed-in, without query and fragment",
});

function isBareAddress(address: string): boolean {
  return !/[?#]/.test(address) && URL.canParse(address) && new URL(address).href === address;
}

/** What a client brings home from a provider (RFC 6749 §4.1, RFC 7636). */
const grant = {
  code: z.string().min(1).max(2000),
  codeVerifier: z.string().regex(/^[\w.~-]{43,128}$/, "43 to 128 letters, digits and -._~ (RFC 7636)"),
  redirectUri: RedirectUri,
  nonce: z.string().min(8).max(200).optional(),
  state: OneTimeToken.optional().meta({
    description: "The state of the authorization, where we made it; to link, one that the caller began",
  }),
  iss: z
    .string()
    .max(500)
    .optional()
    .meta({ description: "What the provider named itself when it sent the browser home, if it did (RFC 9207)" }),
};
const EXAMPLE_GRANT = {
  code: "4/0AX4XfWh",
  codeVerifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
  redirectUri: "https://example.com/signed-in",
  nonce: EXAMPLE_LINK_TOKEN,
  state: EXAMPLE_LINK_TOKEN,
  iss: "https://accounts.google.com",
};

export const ProviderNotConfigured = failure(
  "PROVIDER_NOT_CONFIGURED",
  503,
  "This installation has no credentials for that provider",
);
export const ProviderUnavailable = failure("PROVIDER_UNAVAILABLE", 503, "The provider does not answer at the moment");
export const ProviderRefused = failure("PROVIDER_REFUSED", 401, "The provider does not vouch for this sign-in");
export const StateInvalid = failure(
  "STATE_INVALID",
  401,
  "This sign-in was begun elsewhere or otherwise, is over, or has taken longer than ten minutes: begin it again",
);
export const EmailNotVerified = failure(
  "EMAIL_NOT_VERIFIED",
  403,
  "The provider has not verified an e-mail address of yours",
);
export const AccountExists = failure(
  "ACCOUNT_EXISTS",
  409,
  "An account has this e-mail address: sign in with its password and link the provider there",
);
export const IdentityTaken = failure("IDENTITY_TAKEN", 409, "This sign-in belongs to another account");
export const ProviderLinked = failure(
  "PROVIDER_LINKED",
  409,
  "Another sign-in of this provider is linked to your account: take that one off first",
);
export const IdentityNotFound = failure("IDENTITY_NOT_FOUND", 404, "No sign-in of that provider is linked");

const authorization = {
  auth: "public",
  timeoutMs: 5000,
  params: z.strictObject({ redirectUri: RedirectUri }),
  result: z
    .strictObject({
      url: z.string().meta({ examples: ["https://accounts.google.com/o/oauth2/v2/auth?…"] }),
      state: OneTimeToken,
      nonce: z.string(),
      codeVerifier: z.string(),
      expiresAt: Time,
    })
    .meta({ id: "Authorization", description: "Where to send the browser, and what to keep until it comes home" }),
  failures: [ProviderNotConfigured, ProviderUnavailable],
  rateLimit: { points: 60, perSeconds: 60 },
  example: { redirectUri: "https://example.com/signed-in" },
} as const;

const login = {
  auth: "public",
  timeoutMs: 10_000,
  params: z.strictObject(grant),
  result: SignedIn,
  otherResults: { 202: PendingSignIn },
  session: "opens",
  failures: [
    ProviderNotConfigured,
    ProviderUnavailable,
    ProviderRefused,
    StateInvalid,
    EmailNotVerified,
    AccountExists,
    ...SIGN_IN_REFUSALS,
  ],
  rateLimit: { points: 20, perSeconds: 60 },
  example: EXAMPLE_GRANT,
} as const;

export const providerActions = actions({
  googleAuthorization: {
    ...authorization,
    http: "POST /accounts/google/authorization",
    summary: "Where to send the browser for a sign-in by Google, with state, nonce and PKCE verifier",
  },
  googleLogin: {
    ...login,
    http: "POST /accounts/google/login",
    summary: "Signs in by Google; an address that is new here gets an account; 202 asks for a second factor",
  },
  kakaoAuthorization: {
    ...authorization,
    http: "POST /accounts/kakao/authorization",
    summary: "Where to send the browser for a sign-in by Kakao, with state, nonce and PKCE verifier",
  },
  kakaoLogin: {
    ...login,
    http: "POST /accounts/kakao/login",
    summary: "Signs in by Kakao; an address that is new here gets an account; 202 asks for a second factor",
  },
  identities: {
    http: "GET /accounts/identities",
    auth: "member",
    idempotent: true,
    summary: "The providers that the caller can sign in by",
    params: z.strictObject({}),
    result: z.strictObject({ identities: z.array(Identity) }),
  },
  linkIdentity: {
    http: "POST /accounts/identities/:provider",
    auth: "member",
    status: 201,
    summary: "Links a provider's sign-in to the caller's account",
    timeoutMs: 10_000,
    params: z.strictObject({ provider: ProviderName, ...grant }),
    result: Identity,
    failures: [
      ProviderNotConfigured,
      ProviderUnavailable,
      ProviderRefused,
      StateInvalid,
      IdentityTaken,
      ProviderLinked,
      StepUpRequired,
    ],
    rateLimit: WRITES_LETTERS,
    example: EXAMPLE_GRANT,
  },
  unlinkIdentity: {
    http: "DELETE /accounts/identities/:provider",
    auth: "member",
    idempotent: true,
    summary: "Takes a provider's sign-in off the caller's account",
    params: z.strictObject({ provider: ProviderName }),
    result: NoContent,
    failures: [IdentityNotFound, LastSignInMethod, StepUpRequired],
    rateLimit: WRITES_LETTERS,
  },
});
