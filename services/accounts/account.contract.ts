import { z } from "zod";
import { Id, Line, Time, Version } from "../../mixins/contract.ts";
import { failure } from "../../mixins/failure.ts";

export const AccountId = Id;
export const Handle = z
  .string()
  .regex(/^[a-z0-9._]{4,25}$/, "4 to 25 of a-z, 0-9, dot and underscore")
  .meta({ id: "Handle", examples: ["minji.k"] });
export const Role = z.enum(["member", "advertiser", "moderator", "admin"]).meta({ id: "Role" });
export type Role = z.infer<typeof Role>;
/** A suspended account cannot sign in; a deleted one is a husk without its person. */
export const AccountStatus = z.enum(["active", "suspended", "deleted"]).meta({ id: "AccountStatus" });
export type AccountStatus = z.infer<typeof AccountStatus>;
/** Compared in lower case; at most 254 characters, 64 of them before the `@` (RFC 5321 §4.5.3.1). */
export const Email = z
  .email({
    error: "Not an e-mail address, or too long a one",
    abort: true,
    pattern: new RegExp(`^(?=[^@]{1,64}@)${z.regexes.email.source.slice(1)}`),
  })
  .max(254);
export const Password = z
  .string()
  .regex(/^[^\p{Cs}]{8,128}$/u, "8 to 128 characters")
  .meta({ description: "8 to 128 characters, none of the common ones", examples: ["correct horse battery"] });
/** The language of mails. */
export const Language = z.enum(["ko", "en"]).meta({ id: "Language" });
export type Language = z.infer<typeof Language>;
const Birthdate = z.iso
  .date()
  .refine((day) => day >= "1900-01-01" && day <= new Date().toISOString().slice(0, 10), "A day from 1900 to today");
/** Without somebody in front of the host: `https://bank.example@elsewhere.example` leads elsewhere. */
export const WebAddress = z
  .url({ protocol: /^https?$/, error: "An http or https address" })
  .max(500)
  .refine((url) => /^[^/]*\/\/[^/?#\\@]*(?:[/?#\\]|$)/.test(url), "An address without a user or password in it");

/** What members may tell of themselves; each may be left out. */
export const profileFields = {
  username: Line(50).optional(),
  location: Line(100).optional(),
  gender: Line(20).optional(),
  birthdate: Birthdate.optional(),
  phone: z
    .string()
    .regex(/^\+?[0-9 -]{7,20}$/, "7 to 20 digits, spaces and dashes")
    .optional(),
  language: Language.optional(),
};

/** What an owner may have told of itself. */
const Told = (example: string) =>
  z
    .string()
    .nullable()
    .meta({ examples: [example] });

/** What anybody may see, even of a private profile. */
export const MemberCard = z
  .strictObject({
    id: AccountId,
    handle: Handle,
    username: Told("Minji"),
    picture: Told("https://example.com/minji.webp"),
    isPublic: z.boolean(),
  })
  .meta({ id: "MemberCard" });
export type MemberCard = z.infer<typeof MemberCard>;

export const Account = z
  .strictObject({
    ...MemberCard.shape,
    email: z
      .string()
      .nullable()
      .meta({ description: "null with a provider that gave none", examples: ["minji@example.com"] }),
    emailVerified: z.boolean(),
    bio: Told("Cars and cameras"),
    links: z.array(WebAddress).max(2),
    location: Told("Jeju-si"),
    gender: Told("female"),
    birthdate: z.iso.date().nullable(),
    phone: Told("+82 10-1234-5678"),
    language: Language,
    role: Role,
    hasPassword: z.boolean(),
    version: Version,
    createdAt: Time,
  })
  .meta({ id: "Account", description: "An account as its owner sees it" });
export type Account = z.infer<typeof Account>;

export const EXAMPLE_ACCESS = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl";
export const EXAMPLE_REFRESH = "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a.1.Rk9vYmFyQmF6UXV4Rk9vYmFyQmF6UXV4Rk9vYmFyQmE";
export const EXAMPLE_LINK_TOKEN = "Rk9vYmFyQmF6UXV4Rk9vYmFyQmF6UXV4Rk9vYmFyQmE";

/** What a mail, a pending sign-in or a challenge is answered with: 256 random bits. */
export const OneTimeToken = z
  .string()
  .regex(/^[\w-]{43}$/, "Not a token of ours")
  .meta({ examples: [EXAMPLE_LINK_TOKEN] });

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

/** The first factor was right; the account asks for a second one. */
export const PendingSignIn = z
  .strictObject({
    token: OneTimeToken.meta({ description: "For POST /accounts/login/second-factor" }),
    methods: z.array(z.enum(["totp", "recoveryCode"])),
    expiresAt: Time,
  })
  .meta({ id: "PendingSignIn" });
export type PendingSignIn = z.infer<typeof PendingSignIn>;

/** How somebody proved who they are. */
export const Proof = z.enum(["password", "totp", "recoveryCode", "passkey", "google", "kakao"]).meta({ id: "Proof" });
export type Proof = z.infer<typeof Proof>;

export const EmailTaken = failure("EMAIL_TAKEN", 409, "An account with this e-mail exists");
export const HandleTaken = failure("HANDLE_TAKEN", 409, "Somebody else has this handle");
export const InvalidToken = failure("INVALID_TOKEN", 401, "The token is not valid");
export const AccountSuspended = failure("ACCOUNT_SUSPENDED", 403, "This account is suspended");
export const SignInInterrupted = failure(
  "SIGN_IN_INTERRUPTED",
  401,
  "The account has changed while you signed in: begin again",
);
/** What every way of signing in may end in, however right its proofs. */
export const SIGN_IN_REFUSALS = [AccountSuspended, SignInInterrupted] as const;
export const UserNotFound = failure("USER_NOT_FOUND", 404, "There is no such member");
export const SignInUnavailable = failure(
  "SIGN_IN_UNAVAILABLE",
  503,
  "Too many people sign in at once; try again shortly",
);
export const TooManyAttempts = failure<{ retryAfterSeconds: number }>(
  "TOO_MANY_ATTEMPTS",
  429,
  "Too many wrong passwords or codes; wait before the next one",
);
export const StepUpRequired = failure<{ methods: Proof[] }>(
  "STEP_UP_REQUIRED",
  403,
  "Prove once more who you are by one of the methods (POST /accounts/step-up or /accounts/step-up/passkey; by a provider sign in anew), then repeat this within five minutes",
);
export const AddressNotVerified = failure(
  "ADDRESS_NOT_VERIFIED",
  409,
  "Verify your e-mail address first (POST /accounts/email/verification): it is where this goes",
);
export const LinkInvalid = failure(
  "LINK_INVALID",
  410,
  "This link or token was used already, has expired or never existed",
);

/** How often a client may ask for what its owner is written about: nobody fills a mailbox with our help. */
export const WRITES_LETTERS = { points: 10, perSeconds: 600 } as const;
/** Hashing a password is work on purpose; a crowd that signs in at once waits for it in line. */
export const HASHING_TIMEOUT_MS = 10_000;
