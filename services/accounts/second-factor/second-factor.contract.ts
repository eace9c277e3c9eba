import { z } from "zod";
import { actions, Id, Line, NoContent, Time } from "../../../mixins/contract.ts";
import { failure } from "../../../mixins/failure.ts";
import {
  EXAMPLE_LINK_TOKEN,
  HASHING_TIMEOUT_MS,
  LinkInvalid,
  OneTimeToken,
  SIGN_IN_REFUSALS,
  SignedIn,
  SignInUnavailable,
  StepUpRequired,
  TooManyAttempts,
  WRITES_LETTERS,
} from "../account.contract.ts";
import { InvalidCredentials } from "../sign-in/sign-in.contract.ts";

/** Six digits of an authenticator app, or a recovery code, with or without its dash, in either case. */
const Code = z
  .string()
  .regex(/^(\d{3} ?\d{3}|[a-zA-Z0-9]{5}[- ]?[a-zA-Z0-9]{5})$/, "Six digits, or a recovery code")
  .meta({ examples: ["492039"] });

/** What a browser's `navigator.credentials` answered, as JSON (WebAuthn Level 3). */
const CredentialAnswer = z
  .looseObject({
    id: z.string().min(1).max(2000),
    rawId: z.string().min(1).max(2000),
    type: z.literal("public-key"),
    response: z.looseObject({ clientDataJSON: z.string().min(1).max(10_000) }),
  })
  .meta({ id: "CredentialAnswer", description: "`PublicKeyCredential.toJSON()`" });
const EXAMPLE_ANSWER = { id: "AQID", rawId: "AQID", type: "public-key", response: { clientDataJSON: "e30" } };

/** Options for `navigator.credentials`, as JSON, and the token that brings the answer home. */
const Ceremony = z.strictObject({
  token: OneTimeToken,
  options: z.looseObject({ challenge: z.string() }).meta({ examples: [{ challenge: "AQID" }] }),
});

export const Passkey = z
  .strictObject({
    id: Id,
    name: z.string().meta({ examples: ["Work laptop"] }),
    createdAt: Time,
    lastUsedAt: Time.nullable(),
  })
  .meta({ id: "Passkey" });
export type Passkey = z.infer<typeof Passkey>;

const RecoveryCodes = z
  .strictObject({ recoveryCodes: z.array(z.string().meta({ examples: ["k7q2m-xw9dt"] })) })
  .meta({ id: "RecoveryCodes", description: "Shown once; each is good once" });

export const InvalidCode = failure("INVALID_CODE", 401, "This code is not the right one, or was used already");
export const TotpEnabled = failure("TOTP_ENABLED", 409, "An authenticator app is set up already");
export const TotpNotPending = failure("TOTP_NOT_PENDING", 409, "Begin with POST /accounts/totp");
export const TotpNotEnabled = failure("TOTP_NOT_ENABLED", 409, "No authenticator app is set up");
export const PasskeyRefused = failure("PASSKEY_REFUSED", 401, "The passkey did not prove itself");
export const PasskeyKnown = failure("PASSKEY_KNOWN", 409, "This passkey is registered already");
export const TooManyPasskeys = failure("TOO_MANY_PASSKEYS", 409, "An account has at most 20 passkeys");
export const PasskeyNotFound = failure("PASSKEY_NOT_FOUND", 404, "There is no such passkey of yours");
export const LastSignInMethod = failure("LAST_SIGN_IN_METHOD", 409, "Nothing else would be left to sign in with");

export const secondFactorActions = actions({
  secondFactor: {
    http: "POST /accounts/login/second-factor",
    auth: "public",
    summary: "Ends a sign-in that was answered 202 with a code of the app, or a recovery code",
    timeoutMs: HASHING_TIMEOUT_MS,
    params: z.strictObject({ token: OneTimeToken, code: Code }),
    result: SignedIn,
    session: "opens",
    failures: [InvalidCode, LinkInvalid, TooManyAttempts, ...SIGN_IN_REFUSALS, SignInUnavailable],
    rateLimit: { points: 20, perSeconds: 60 },
    example: { token: EXAMPLE_LINK_TOKEN, code: "492039" },
  },
  factors: {
    http: "GET /accounts/second-factors",
    auth: "member",
    idempotent: true,
    summary: "What guards the caller's account besides the password",
    params: z.strictObject({}),
    result: z.strictObject({ totp: z.boolean(), recoveryCodesLeft: z.int(), passkeys: z.array(Passkey) }),
  },
  stepUp: {
    http: "POST /accounts/step-up",
    auth: "member",
    status: 204,
    summary: "Proves once more who calls: the password and, where an app is set up, a code",
    timeoutMs: HASHING_TIMEOUT_MS,
    params: z.strictObject({ password: z.string().min(1).max(128).optional(), code: Code.optional() }),
    result: NoContent,
    failures: [InvalidCredentials, InvalidCode, StepUpRequired, TooManyAttempts, SignInUnavailable],
    rateLimit: { points: 20, perSeconds: 60 },
    example: { password: "correct horse battery" },
  },
  enrolTotp: {
    http: "POST /accounts/totp",
    auth: "member",
    status: 201,
    summary: "Begins to set up an authenticator app (RFC 6238)",
    params: z.strictObject({}),
    result: z.strictObject({
      secret: z.string().meta({ description: "Base32, to type in", examples: ["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"] }),
      uri: z.string().meta({ description: "For a QR code", examples: ["otpauth://totp/Hallabong:minji?secret=…"] }),
    }),
    failures: [StepUpRequired, TotpEnabled],
    example: {},
  },
  confirmTotp: {
    http: "POST /accounts/totp/confirm",
    auth: "member",
    summary: "Sets the app up with its first code; the answer has the recovery codes, once",
    timeoutMs: HASHING_TIMEOUT_MS,
    params: z.strictObject({ code: Code }),
    result: RecoveryCodes,
    failures: [InvalidCode, TotpEnabled, TotpNotPending, TooManyAttempts, SignInUnavailable],
    rateLimit: { points: 10, perSeconds: 600 },
    example: { code: "492039" },
  },
  removeTotp: {
    http: "DELETE /accounts/totp",
    auth: "member",
    idempotent: true,
    summary: "Takes the app and its recovery codes away",
    params: z.strictObject({}),
    result: NoContent,
    failures: [StepUpRequired],
    rateLimit: WRITES_LETTERS,
  },
  renewRecoveryCodes: {
    http: "POST /accounts/recovery-codes",
    auth: "member",
    summary: "Makes new recovery codes; those before are no good any more",
    timeoutMs: HASHING_TIMEOUT_MS,
    params: z.strictObject({}),
    result: RecoveryCodes,
    failures: [StepUpRequired, TotpNotEnabled, SignInUnavailable],
    // Ten hashes each.
    rateLimit: { points: 5, perSeconds: 600 },
    example: {},
  },
  passkeyOptions: {
    http: "POST /accounts/passkeys/options",
    auth: "member",
    summary: "Options for navigator.credentials.create()",
    params: z.strictObject({}),
    result: Ceremony,
    failures: [StepUpRequired, TooManyPasskeys],
    example: {},
  },
  addPasskey: {
    http: "POST /accounts/passkeys",
    auth: "member",
    status: 201,
    summary: "Registers a passkey",
    params: z.strictObject({ token: OneTimeToken, name: Line(50), credential: CredentialAnswer }),
    result: Passkey,
    failures: [PasskeyRefused, PasskeyKnown, TooManyPasskeys, LinkInvalid],
    rateLimit: WRITES_LETTERS,
    example: { token: EXAMPLE_LINK_TOKEN, name: "Work laptop", credential: EXAMPLE_ANSWER },
  },
  removePasskey: {
    http: "DELETE /accounts/passkeys/:id",
    auth: "member",
    idempotent: true,
    summary: "Forgets a passkey",
    params: z.strictObject({ id: Id }),
    result: NoContent,
    failures: [StepUpRequired, PasskeyNotFound, LastSignInMethod],
    rateLimit: WRITES_LETTERS,
  },
  passkeyLoginOptions: {
    http: "POST /accounts/passkeys/login/options",
    auth: "public",
    summary: "Options for navigator.credentials.get()",
    params: z.strictObject({}),
    result: Ceremony,
    rateLimit: { points: 60, perSeconds: 60 },
    example: {},
  },
  passkeyLogin: {
    http: "POST /accounts/passkeys/login",
    auth: "public",
    summary: "Signs in by passkey; it is both factors in one",
    params: z.strictObject({ token: OneTimeToken, credential: CredentialAnswer }),
    result: SignedIn,
    session: "opens",
    failures: [PasskeyRefused, LinkInvalid, ...SIGN_IN_REFUSALS],
    rateLimit: { points: 20, perSeconds: 60 },
    example: { token: EXAMPLE_LINK_TOKEN, credential: EXAMPLE_ANSWER },
  },
  passkeyStepUp: {
    http: "POST /accounts/step-up/passkey",
    auth: "member",
    status: 204,
    summary: "Proves once more who calls by a passkey (options: POST /accounts/passkeys/login/options)",
    params: z.strictObject({ token: OneTimeToken, credential: CredentialAnswer }),
    result: NoContent,
    failures: [PasskeyRefused, LinkInvalid],
    rateLimit: { points: 20, perSeconds: 60 },
    example: { token: EXAMPLE_LINK_TOKEN, credential: EXAMPLE_ANSWER },
  },
});
