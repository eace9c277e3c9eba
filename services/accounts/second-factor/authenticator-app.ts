import { randomBytes } from "node:crypto";
import type { CallContext } from "../../../mixins/answer.ts";
import type { StoredAccount } from "../accounts.store.ts";
import type { Office } from "../office.ts";
import { tell } from "../telling.ts";
import { secondFactorOf } from "../sign-in/guarded-secrets.ts";
import { guarded } from "../sign-in/login-guard.ts";
import { base32 } from "./base32.ts";
import { isSetUp, requireAccountStill } from "./factors.ts";
import { newRecoveryCodes, type NewRecoveryCodes } from "./recovery-codes.ts";
import { stepOf } from "./second-factor-codes.ts";
import { InvalidCode, TotpEnabled, TotpNotEnabled, TotpNotPending } from "./second-factor.contract.ts";
import { keyUri, SECRET_BYTES } from "./totp.ts";

const ISSUER = "Hallabong";
/** So long a secret waits for its first code. */
const PENDING_MS = 15 * 60_000;
const NOT_PENDING = { pendingSecret: null, pendingUntilMs: 0 };
const NOTHING = { secret: null, ...NOT_PENDING, lastStep: 0, recoverySalt: "", recoveryHashes: [] };

/** Begins to set an app up; a secret that still waits is replaced. Throws `TOTP_ENABLED`. */
export async function beginApp(office: Office, { id, handle }: StoredAccount) {
  const { secondFactors, keyed, clock } = office;
  const secret = randomBytes(SECRET_BYTES);
  const pendingSecret = keyed.appSecrets.seal(secret.toString("base64"), id);
  const pending = { pendingSecret, pendingUntilMs: clock() + PENDING_MS };
  for (;;) {
    const read = await secondFactors.authenticator(id);
    if (isSetUp(read)) throw TotpEnabled();
    const written = read
      ? await secondFactors.changeAuthenticator(read, pending)
      : await secondFactors.addAuthenticator(id, { ...NOTHING, ...pending });
    if (written) break;
  }
  await requireAccountStill(office, id);
  return { secret: base32(secret), uri: keyUri(secret, ISSUER, handle) };
}

/**
 * Sets the app up with its first code, which is thereby used, and answers the recovery codes. Throws `INVALID_CODE`,
 * `TOTP_NOT_PENDING`, `TOTP_ENABLED` and `TOO_MANY_ATTEMPTS`.
 */
export async function confirmApp(office: Office, ctx: CallContext, account: StoredAccount, code: string) {
  const codes = await guarded(office, ctx, secondFactorOf(account, "session"), () => setUp(office, account.id, code));
  if (!codes) throw InvalidCode();
  await tell(office, ctx, account, { kind: "totpEnabled" });
  return codes;
}

/** The app and its recovery codes are there in one write. Codes cost work: nothing is hashed for a wrong first code. */
async function setUp(office: Office, accountId: string, code: string): Promise<string[] | undefined> {
  let codes: NewRecoveryCodes | undefined;
  for (;;) {
    const read = await office.secondFactors.authenticator(accountId);
    if (isSetUp(read)) throw TotpEnabled();
    if (!read || read.pendingUntilMs <= office.clock()) throw TotpNotPending();
    const lastStep = stepOf(office, accountId, read.pendingSecret, code);
    if (lastStep === undefined) return undefined;
    codes ??= await newRecoveryCodes();
    const app = { secret: read.pendingSecret, ...NOT_PENDING, lastStep, ...codes.kept };
    if (await office.secondFactors.changeAuthenticator(read, app)) return codes.recoveryCodes;
  }
}

/** Takes the app and its recovery codes away; that there is none is as good. */
export async function removeApp(office: Office, ctx: CallContext, account: StoredAccount): Promise<void> {
  for (;;) {
    const read = await office.secondFactors.authenticator(account.id);
    if (!read) return;
    if (!(await office.secondFactors.removeAuthenticator(account.id, read))) continue;
    if (isSetUp(read)) await tell(office, ctx, account, { kind: "totpRemoved" });
    return;
  }
}

/** Puts new recovery codes in the place of those before. Throws `TOTP_NOT_ENABLED`. */
export async function renewCodes(office: Office, ctx: CallContext, account: StoredAccount): Promise<string[]> {
  let codes: NewRecoveryCodes | undefined;
  for (;;) {
    const read = await office.secondFactors.authenticator(account.id);
    if (!isSetUp(read)) throw TotpNotEnabled();
    codes ??= await newRecoveryCodes();
    if (!(await office.secondFactors.changeAuthenticator(read, codes.kept))) continue;
    await tell(office, ctx, account, { kind: "recoveryCodesRenewed" });
    return codes.recoveryCodes;
  }
}
