import { z } from "zod";
import { contract, Id, NoContent, Time } from "../../mixins/contract.ts";
import { failure } from "../../mixins/failure.ts";

export const AccountId = Id;
export const Handle = z
  .string()
  .regex(/^[a-z0-9._]{4,25}$/, "4 to 25 of a-z, 0-9, dot and underscore")
  .meta({ id: "Handle", examples: ["minji.k"] });
export const Role = z.enum(["member", "advertiser", "moderator", "admin"]).meta({ id: "Role" });
/** Compared in lower case; at most 254 characters (RFC 5321). */
export const Email = z.email("Not an e-mail address").max(254);
export const Password = z.string().min(8, "At least 8 characters").max(128, "At most 128 characters");

export const Account = z
  .strictObject({
    id: AccountId,
    email: z.string(),
    handle: Handle,
    username: z.string().nullable(),
    location: z.string().nullable(),
    gender: z.string().nullable(),
    birthdate: z.iso.date().nullable(),
    phone: z.string().nullable(),
    role: Role,
    createdAt: Time,
  })
  .meta({ id: "Account", description: "An account as its owner sees it" });
export type Account = z.infer<typeof Account>;

export const SignedIn = z
  .strictObject({
    user: Account,
    access: z.string().meta({ description: "JWT for `Authorization: Bearer`, 15 minutes" }),
    refresh: z.string().meta({ description: "Spent by one refresh, 7 days" }),
    csrfToken: z.string().meta({ description: "Send as X-CSRF-Token with unsafe methods in cookie mode" }),
  })
  .meta({ id: "SignedIn" });
export type SignedIn = z.infer<typeof SignedIn>;

const RefreshToken = z.string().min(1).max(2000);

export const EmailTaken = failure("EMAIL_TAKEN", 409, "An account with this e-mail exists");
export const HandleTaken = failure("HANDLE_TAKEN", 409, "Somebody else has this handle");
export const InvalidCredentials = failure("INVALID_CREDENTIALS", 401, "E-mail and password do not match");
export const InvalidToken = failure("INVALID_TOKEN", 401, "The token is not valid");
export const RefreshReused = failure("REFRESH_REUSED", 401, "This refresh token was spent before; sign in again");
export const TooManyAttempts = failure<{ retryAfterSeconds: number }>(
  "TOO_MANY_ATTEMPTS",
  429,
  "Too many failed sign-ins; wait before the next one",
);

const Text = (max: number) => z.string().trim().min(1).max(max);

export const Accounts = contract("accounts", {
  register: {
    http: "POST /accounts/registration",
    auth: "public",
    status: 201,
    summary: "Creates an account and signs it in",
    params: z.strictObject({
      email: Email,
      password: Password,
      username: Text(50).optional(),
      handle: Handle.optional(),
      location: Text(100).optional(),
      gender: Text(20).optional(),
      birthdate: z.iso.date().optional(),
      phone: z
        .string()
        .regex(/^\+?[0-9 -]{7,20}$/, "7 to 20 digits, spaces and dashes")
        .optional(),
    }),
    result: SignedIn,
    session: "opens",
    failures: [EmailTaken, HandleTaken],
    rateLimit: { points: 10, perSeconds: 600 },
    example: { email: "minji@example.com", password: "correct horse battery" },
  },
  login: {
    http: "POST /accounts/login",
    auth: "public",
    summary: "Signs in",
    params: z.strictObject({ email: z.string().min(1).max(254), password: z.string().min(1).max(128) }),
    result: SignedIn,
    session: "opens",
    failures: [InvalidCredentials, TooManyAttempts],
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
  },
  verify: {
    http: "POST /accounts/token/verify",
    auth: "public",
    status: 204,
    summary: "Tells whether an access token is good",
    params: z.strictObject({ token: z.string().min(1).max(4000) }),
    result: NoContent,
    failures: [InvalidToken],
  },
  logout: {
    http: "POST /accounts/logout",
    auth: "public",
    status: 204,
    summary: "Ends the session: its refresh family is dead",
    params: z.strictObject({ refresh: RefreshToken.optional() }),
    cookies: { refresh: "refresh" },
    session: "closes",
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
