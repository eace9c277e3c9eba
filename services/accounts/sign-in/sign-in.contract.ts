import { z } from "zod";
import { actions, Id, NoContent, Time } from "../../../mixins/contract.ts";
import { failure } from "../../../mixins/failure.ts";
import { Cursor } from "../../../mixins/paging.ts";
import {
  Email,
  EmailTaken,
  EXAMPLE_ACCESS,
  EXAMPLE_REFRESH,
  Handle,
  HandleTaken,
  HASHING_TIMEOUT_MS,
  InvalidToken,
  Password,
  PendingSignIn,
  profileFields,
  Proof,
  SIGN_IN_REFUSALS,
  SignedIn,
  SignInUnavailable,
  TooManyAttempts,
} from "../account.contract.ts";

/** A sign-in that is still good, as its owner sees it. */
export const SignIn = z
  .strictObject({
    id: Id,
    current: z.boolean().meta({ description: "The one that asks" }),
    startedAt: Time,
    lastSeenAt: Time.meta({ description: "The latest refresh" }),
    expiresAt: Time,
    ip: z
      .string()
      .nullable()
      .meta({ description: "Where it was last seen", examples: ["203.0.113.7"] }),
    device: z.string().meta({ description: "What the user agent says it is", examples: ["Firefox on Linux"] }),
    proofs: z.array(Proof),
  })
  .meta({ id: "SignIn" });
export type SignIn = z.infer<typeof SignIn>;

export const SecurityEvent = z
  .strictObject({
    id: Id,
    at: Time,
    what: z.string().meta({ examples: ["signedIn"] }),
    ip: z.string().nullable(),
    device: z.string(),
    sessionId: Id.nullable(),
    detail: z.record(z.string(), z.string()).meta({ examples: [{ proof: "password" }] }),
  })
  .meta({ id: "SecurityEvent" });
export type SecurityEvent = z.infer<typeof SecurityEvent>;

/** Public halves of the keys that access tokens are signed with (RFC 7517, RFC 8037). */
const KeySet = z
  .strictObject({
    keys: z.array(
      z.strictObject({
        kty: z.literal("OKP"),
        crv: z.literal("Ed25519"),
        alg: z.literal("EdDSA"),
        use: z.literal("sig"),
        kid: z.string(),
        x: z.string(),
      }),
    ),
  })
  .meta({ id: "KeySet" });

/** Access tokens that ended before their time: those of a session, an account, or one alone. */
export const Ending = z.strictObject({
  about: z.string().meta({ description: "A session's id, an account's id or a token's jti" }),
  /** Unix milliseconds; an account's tokens that name this number, or a greater one, as `after` are good. */
  atMs: z.int(),
  /** By then they have all expired, Unix milliseconds. */
  forgottenAtMs: z.int(),
});
export type Ending = z.infer<typeof Ending>;
/** The broadcast event that tells every edge at once: `{ endings }`. It may be lost; edges ask for what they missed. */
export const TOKENS_ENDED = "accounts.tokensEnded";

const RefreshToken = z.string().min(1).max(2000);

export const InvalidCredentials = failure("INVALID_CREDENTIALS", 401, "E-mail and password do not match");
export const RefreshReused = failure("REFRESH_REUSED", 401, "This refresh token was spent before; sign in again");
export const SessionNotFound = failure("SESSION_NOT_FOUND", 404, "There is no such session of yours");

export const signInActions = actions({
  register: {
    http: "POST /accounts/registration",
    auth: "public",
    status: 201,
    summary: "Creates an account and signs it in",
    timeoutMs: HASHING_TIMEOUT_MS,
    params: z.strictObject({ email: Email, password: Password, handle: Handle.optional(), ...profileFields }),
    result: SignedIn,
    session: "opens",
    failures: [EmailTaken, HandleTaken, ...SIGN_IN_REFUSALS, SignInUnavailable],
    rateLimit: { points: 10, perSeconds: 600 },
    example: { email: "minji@example.com", password: "correct horse battery" },
  },
  login: {
    http: "POST /accounts/login",
    auth: "public",
    summary: "Signs in; 202 when the account asks for a second factor",
    timeoutMs: HASHING_TIMEOUT_MS,
    params: z.strictObject({ email: z.string().min(1).max(254), password: z.string().min(1).max(128) }),
    result: SignedIn,
    otherResults: { 202: PendingSignIn },
    session: "opens",
    failures: [InvalidCredentials, TooManyAttempts, ...SIGN_IN_REFUSALS, SignInUnavailable],
    rateLimit: { points: 20, perSeconds: 60 },
    example: { email: "minji@example.com", password: "correct horse battery" },
  },
  refresh: {
    http: "POST /accounts/token/refresh",
    auth: "public",
    summary: "Spends a refresh token (body or cookie) for a new pair",
    params: z.strictObject({ refresh: RefreshToken.optional() }),
    cookies: { refresh: "refresh" },
    result: SignedIn,
    session: "opens",
    failures: [InvalidToken, RefreshReused],
    rateLimit: { points: 60, perSeconds: 60 },
    example: { refresh: EXAMPLE_REFRESH },
  },
  verify: {
    http: "POST /accounts/token/verify",
    auth: "public",
    status: 204,
    idempotent: true,
    summary: "Tells whether an access token is good",
    params: z.strictObject({ token: z.string().min(1).max(4096) }),
    result: NoContent,
    failures: [InvalidToken],
    example: { token: EXAMPLE_ACCESS },
  },
  revoke: {
    http: "POST /accounts/token/revoke",
    auth: "public",
    status: 204,
    idempotent: true,
    summary: "Takes one access token back, say one that leaked; what is no good token is none already",
    params: z.strictObject({ token: z.string().min(1).max(4096) }),
    result: NoContent,
    rateLimit: { points: 60, perSeconds: 60 },
    example: { token: EXAMPLE_ACCESS },
  },
  logout: {
    http: "POST /accounts/logout",
    auth: "public",
    status: 204,
    idempotent: true,
    summary: "Ends the session, by its refresh token (body or cookie) or the access token it is sent with",
    params: z.strictObject({ refresh: RefreshToken.optional() }),
    cookies: { refresh: "refresh" },
    session: "closes",
    example: { refresh: EXAMPLE_REFRESH },
    result: NoContent,
  },
  sessions: {
    http: "GET /accounts/sessions",
    auth: "member",
    idempotent: true,
    summary: "The caller's sign-ins that are still good, latest first",
    params: z.strictObject({}),
    result: z.strictObject({ sessions: z.array(SignIn) }),
  },
  endSession: {
    http: "DELETE /accounts/sessions/:id",
    auth: "member",
    idempotent: true,
    summary: "Ends one of the caller's sign-ins",
    params: z.strictObject({ id: Id }),
    result: NoContent,
    failures: [SessionNotFound],
  },
  endOtherSessions: {
    http: "DELETE /accounts/sessions",
    auth: "member",
    idempotent: true,
    summary: "Ends every sign-in of the caller but the one that asks",
    params: z.strictObject({}),
    result: NoContent,
  },
  securityEvents: {
    http: "GET /accounts/security-events",
    auth: "member",
    idempotent: true,
    summary: "What happened to the security of the caller's account, latest first",
    params: z.strictObject({ limit: z.int().min(1).max(100).default(20), cursor: Cursor.optional() }),
    result: z.strictObject({ items: z.array(SecurityEvent), nextCursor: Cursor.nullable() }),
  },
  keys: {
    http: "GET /.well-known/jwks.json",
    atRoot: true,
    auth: "public",
    idempotent: true,
    summary: "The public keys that access tokens are signed with (JWKS)",
    params: z.strictObject({}),
    result: KeySet,
  },
  endings: {
    summary: "Access tokens that ended before their time, as far as they have not expired: edges refuse them",
    idempotent: true,
    large: true,
    params: z.strictObject({
      /** Only those noted since, by the clock of the answers. */
      sinceMs: z.int().min(0).default(0),
    }),
    result: z.strictObject({
      endings: z.array(Ending),
      /** Those that are noted later are not among them, Unix milliseconds. */
      asOfMs: z.int(),
    }),
  },
});
