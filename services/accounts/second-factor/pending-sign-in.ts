import type { CallContext } from "../../../mixins/answer.ts";
import { LinkInvalid, Proof, type PendingSignIn } from "../account.contract.ts";
import type { StoredAccount } from "../accounts.store.ts";
import { passwordMark } from "../credentials/password-mark.ts";
import type { Office } from "../office.ts";
import { standingAt } from "../sign-in/familiar-places.ts";
import { secondFactorOf } from "../sign-in/guarded-secrets.ts";
import { isLocked } from "../sign-in/login-guard.ts";
import { codeProofs, isSetUp } from "./factors.ts";
import { spendCode } from "./second-factor-codes.ts";
import { InvalidCode } from "./second-factor.contract.ts";

/** So long somebody may look for their telephone. */
const PENDING_MS = 5 * 60_000;

/** What somebody gets whose first factor was right when the account asks for a second one; else undefined. */
export async function pendingSignIn(
  { secondFactors, oneTime, clock }: Office,
  account: StoredAccount,
  proof: Proof,
): Promise<PendingSignIn | undefined> {
  const app = await secondFactors.authenticator(account.id);
  if (!isSetUp(app)) return undefined;
  const data = { proof, passwordMark: passwordMark(account) };
  const expiresAt = new Date(clock() + PENDING_MS).toISOString();
  const token = await oneTime.issue({ kind: "pendingSignIn", accountId: account.id, data, lifeMs: PENDING_MS });
  return { token, methods: codeProofs(app), expiresAt };
}

/**
 * Spends a pending sign-in and a code for it; answers who may come in, and by what. A wrong code leaves it pending,
 * until the account's codes are locked after the fifth: then one has to begin anew. Throws `LINK_INVALID`,
 * `INVALID_CODE` and `TOO_MANY_ATTEMPTS`.
 */
export async function endPendingSignIn(
  office: Office,
  ctx: CallContext,
  { token, code }: { token: string; code: string },
): Promise<{ account: StoredAccount; proofs: Proof[] }> {
  const pending = await office.oneTime.look("pendingSignIn", token);
  const account = pending?.accountId === undefined ? undefined : await office.accounts.byId(pending.accountId);
  if (!account || pending?.data.passwordMark !== passwordMark(account)) throw LinkInvalid();
  const from = await standingAt(office, account.id, ctx.meta);
  const second = await spendCode(office, ctx, account, code, from).catch(async (error: unknown) => {
    if (InvalidCode.is(error) && (await isLocked(office, secondFactorOf(account, from)))) {
      await office.oneTime.withdraw("pendingSignIn", account.id);
    }
    throw error;
  });
  const spent = await office.oneTime.spend("pendingSignIn", token);
  if (!spent) throw LinkInvalid();
  return { account, proofs: [Proof.parse(spent.data.proof), second] };
}
