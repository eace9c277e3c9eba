import type { CallContext } from "../../../mixins/answer.ts";
import type { Proof } from "../account.contract.ts";
import type { StoredAccount } from "../accounts.store.ts";
import type { Office } from "../office.ts";
import { tell } from "../telling.ts";
import { secondFactorOf, type Standing } from "../sign-in/guarded-secrets.ts";
import { guarded } from "../sign-in/login-guard.ts";
import { isSetUp } from "./factors.ts";
import { appCode, hashedCode } from "./recovery-codes.ts";
import { InvalidCode } from "./second-factor.contract.ts";
import type { AuthenticatorFields, StoredAuthenticator } from "./second-factor.store.ts";
import { stepOfCode } from "./totp.ts";

/**
 * Checks a code of an account's app, or one of its recovery codes, and spends it. Answers which of the two it was.
 * Throws `INVALID_CODE`, and `TOO_MANY_ATTEMPTS` after too many wrong ones.
 */
export async function spendCode(
  office: Office,
  ctx: CallContext,
  account: StoredAccount,
  code: string,
  from: Standing,
): Promise<Proof> {
  const spent = await guarded(office, ctx, secondFactorOf(account, from), () => spend(office, account.id, code));
  if (!spent) throw InvalidCode();
  const { recoveryHashes } = spent;
  if (!recoveryHashes) return "totp";
  const left = recoveryHashes.length;
  await tell(office, ctx, account, { kind: "recoveryCodeUsed", left }, { left: String(left) });
  return "recoveryCode";
}

/** Compare-and-set on the app's one document: of many who bring the same code at once one is right. */
async function spend(office: Office, accountId: string, code: string) {
  for (;;) {
    const read = await office.secondFactors.authenticator(accountId);
    if (!isSetUp(read)) return undefined;
    const patch = appCode(code) ? afterAppCode(office, read, code) : await afterRecoveryCode(read, code);
    if (!patch || (await office.secondFactors.changeAuthenticator(read, patch))) return patch;
  }
}

type Spent = Partial<Pick<AuthenticatorFields, "lastStep" | "recoveryHashes">>;

function afterAppCode(office: Office, read: StoredAuthenticator, code: string): Spent | undefined {
  const lastStep = stepOf(office, read.id, read.secret, code, read.lastStep);
  return lastStep === undefined ? undefined : { lastStep };
}

/** The time step of a code of the app that has this sealed secret; of none where it cannot be opened any more. */
export function stepOf(office: Office, accountId: string, sealed: string | null, typed: string, last = 0) {
  const secret = sealed === null ? undefined : office.keyed.appSecrets.unseal(sealed, accountId);
  const code = appCode(typed);
  if (secret === undefined || code === undefined) return undefined;
  return stepOfCode(Buffer.from(secret, "base64"), code, office.clock(), last);
}

async function afterRecoveryCode(read: StoredAuthenticator, code: string): Promise<Spent | undefined> {
  const hashed = await hashedCode(code, read.recoverySalt);
  const recoveryHashes = read.recoveryHashes.filter((hash) => hash !== hashed);
  return recoveryHashes.length < read.recoveryHashes.length ? { recoveryHashes } : undefined;
}
