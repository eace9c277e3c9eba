import { z } from "zod";
import { contract, Id, Line, NoContent, Time } from "../../mixins/contract.ts";
import { failure } from "../../mixins/failure.ts";

export const AccountId = Id;
export const Handle = z
  .string()
  .regex(/^[a-z0-9._]{4,25}$/, "4 to 25 of a-z, 0-9, dot and underscore")
  .meta({ id: "Handle", examples: ["minji.k"] });
export const Role = z.enum(["member", "advertiser", "moderator", "admin"]).meta({ id: "Role" });
/** Compared in lower case; at most 254 characters (RFC 5321). */
export const Email = z.email("Not an e-mail address").max(254);
export const Password = z
  .string()
  .regex(/^[^\p{Cs}]{8,128}$/u, "8 to 128 characters")
  .meta({ description: "8 to 128 characters, none of the common ones" });

/** What an owner may have told of itself. */
const Told = (example: string) =>
  z
    .string()
    .nullable()
    .meta({ examples: [example] });

export const Account = z
  .strictObject({
    id: AccountId,
    email: z.string().meta({ examples: ["minji@example.com"] }),
    handle: Handle,
    username: Told("Minji"),
    location: Told("Jeju-si"),
    gender: Told("female"),
    birthdate: z.iso.date().nullable(),
    phone: Told("+82 10-1234-5678"),
    role: Role,
    createdAt: Time,
  })
  .meta({ id: "Account", description: "An account as its owner sees it" });
export type Account = z.infer<typeof Account>;

const EXAMPLE_ACCESS = "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl";
const EXAMPLE_REFRESH = "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a.1.Rk9vYmFyQmF6UXV4Rk9vYmFyQmF6UXV4Rk9vYmFyQmE";

export const SignedIn = z
  .strictObject({
    user: Account,
    access: z.string().meta({ description: "JWT for `Authorization: Bearer`, 15 minutes", examples: [EXAMPLE_ACCESS] }),
    refresh: z.string().meta({ description: "Spent by one refresh, 7 days", examples: [EXAMPLE_REFRESH] }),
    csrfToken: z.string().meta({
      description: "Send as X-CSRF-Token with unsafe methods in cookie mode",
      examples: ["MtxvsNqW2Z4FPjktD5UtrQYMDBUbmQ6r8_zCqIly4qc"],
    }),
  })
  .meta({ id: "SignedIn" });
export type SignedIn = z.infer<typeof SignedIn>;

const RefreshToken = z.string().min(1).max(2000);

export const EmailTaken = failure("EMAIL_TAKEN", 409, "An account with this e-mail exists");
export const HandleTaken = failure("HANDLE_TAKEN", 409, "Somebody else has this handle");
export const InvalidCredentials = failure("INVALID_CREDENTIALS", 401, "E-mail and password do not match");
export const InvalidToken = failure("INVALID_TOKEN", 401, "The token is not valid");
export const RefreshReused = failure("REFRESH_REUSED", 401, "This refresh token was spent before; sign in again");
export const SignInUnavailable = failure(
  "SIGN_IN_UNAVAILABLE",
  503,
  "Too many people sign in at once; try again shortly",
);
export const TooManyAttempts = failure<{ retryAfterSeconds: number }>(
  "TOO_MANY_ATTEMPTS",
  429,
  "Too many failed sign-ins; wait before the next one",
);

const Birthdate = z.iso
  .date()
  .refine((day) => day >= "1900-01-01" && day <= new Date().toISOString().slice(0, 10), "A day from 1900 to today");

/** Hashing a password is work on purpose; a crowd that signs in at once waits for it in line. */
const HASHING_TIMEOUT_MS = 10_000;

export const Accounts = contract("accounts", {
  register: {
    http: "POST /accounts/registration",
    auth: "public",
    status: 201,
    summary: "Creates an account and signs it in",
    timeoutMs: HASHING_TIMEOUT_MS,
    params: z.strictObject({
      email: Email,
      password: Password,
      username: Line(50).optional(),
      handle: Handle.optional(),
      location: Line(100).optional(),
      gender: Line(20).optional(),
      birthdate: Birthdate.optional(),
      phone: z
        .string()
        .regex(/^\+?[0-9 -]{7,20}$/, "7 to 20 digits, spaces and dashes")
        .optional(),
    }),
    result: SignedIn,
    session: "opens",
    failures: [EmailTaken, HandleTaken, SignInUnavailable],
    rateLimit: { points: 10, perSeconds: 600 },
    example: { email: "minji@example.com", password: "correct horse battery" },
  },
  login: {
    http: "POST /accounts/login",
    auth: "public",
    summary: "Signs in",
    timeoutMs: HASHING_TIMEOUT_MS,
    params: z.strictObject({ email: z.string().min(1).max(254), password: z.string().min(1).max(128) }),
    result: SignedIn,
    session: "opens",
    failures: [InvalidCredentials, TooManyAttempts, SignInUnavailable],
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
    params: z.strictObject({ token: z.string().min(1).max(4000) }),
    result: NoContent,
    failures: [InvalidToken],
    example: { token: EXAMPLE_ACCESS },
  },
  logout: {
    http: "POST /accounts/logout",
    auth: "public",
    status: 204,
    idempotent: true,
    summary: "Ends the session: its refresh family is dead",
    params: z.strictObject({ refresh: RefreshToken.optional() }),
    cookies: { refresh: "refresh" },
    session: "closes",
    example: { refresh: EXAMPLE_REFRESH },
    result: NoContent,
  },
  me: {
    http: "GET /accounts/me",
    auth: "member",
    idempotent: true,
    summary: "The caller's own account",
    params: z.strictObject({}),
    result: Account,
  },
});
