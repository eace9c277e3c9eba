import { callerId, type CallContext } from "../../../mixins/answer.ts";
import { StepUpRequired, type Proof } from "../account.contract.ts";
import type { StoredAccount } from "../accounts.store.ts";
import { matchesPassword } from "../credentials/password-hash.ts";
import type { Office } from "../office.ts";
import { guarded, passwordOf } from "../sign-in/login-guard.ts";
import { InvalidCredentials } from "../sign-in/sign-in.contract.ts";
import { spendCode } from "./second-factor-codes.ts";
import type { StoredAuthenticator } from "./second-factor.store.ts";
import { waysToSignIn, type WaysToSignIn } from "./ways-to-sign-in.ts";

/** So long a proof of who somebody is stays fresh. */
export const FRESH_MS = 5 * 60_000;

/**
 * Throws `STEP_UP_REQUIRED` unless the caller's session proved within five minutes all that the account asks for, by a
 * sign-in or a step-up. Its `methods` are what this account can prove it by.
 */
export async function requireStepUp(office: Office, ctx: CallContext): Promise<void> {
  const accountId = callerId(ctx);
  const [session, app] = await Promise.all([
    office.sessions.live(ctx.meta.sessionId ?? ""),
    office.secondFactors.authenticator(accountId),
  ]);
  const isFresh = session?.accountId === accountId && office.clock() - session.provedAtMs <= FRESH_MS;
  if (!isFresh || !isEnough(session.provedBy, isSetUp(app))) throw await stepUpRequired(office, accountId, app);
}

const isSetUp = (app: StoredAuthenticator | undefined): boolean => (app?.secret ?? null) !== null;

/** Whether proofs given together are all that an account asks for; a passkey is two factors in one. */
export const isEnough = (proofs: readonly Proof[], asksForCode: boolean): boolean =>
  proofs.includes("passkey") ||
  (asksForCode ? proofs.includes("totp") || proofs.includes("recoveryCode") : proofs.length > 0);

async function stepUpRequired(office: Office, accountId: string, app: StoredAuthenticator | undefined) {
  const account = await office.accounts.byId(accountId);
  const ways = account && (await waysToSignIn(office, account));
  return StepUpRequired({ methods: ways ? methodsOf(ways, isSetUp(app), app?.recoveryHashes.length ?? 0) : [] });
}

/**
 * What an account can prove by who it is. One without a password signs in anew by its provider: that is a fresh proof,
 * and without a passkey its only one.
 */
export function methodsOf(ways: WaysToSignIn, asksForCode: boolean, recoveryCodesLeft: number): Proof[] {
  const first: Proof[] = ways.password ? ["password"] : ways.providers;
  const second: Proof[] = recoveryCodesLeft > 0 ? ["totp", "recoveryCode"] : ["totp"];
  return [
    ...first,
    ...(asksForCode && first.length > 0 ? second : []),
    ...(ways.passkeys > 0 ? (["passkey"] as const) : []),
  ];
}

/**
 * Proves once more who calls, by the password and, where an app is set up, a code. Throws `STEP_UP_REQUIRED` when
 * something of that is wanting or the account has no password, and what wrong ones throw.
 */
export async function stepUp(
  office: Office,
  ctx: CallContext,
  account: StoredAccount,
  { password, code }: { password?: string | undefined; code?: string | undefined },
): Promise<void> {
  const app = await office.secondFactors.authenticator(account.id);
  const hash = account.passwordHash;
  if (hash === null || password === undefined || (isSetUp(app) && code === undefined)) {
    throw await stepUpRequired(office, account.id, app);
  }
  if (!(await guarded(office, ctx, passwordOf(account), () => matchesPassword(hash, password)))) {
    throw InvalidCredentials();
  }
  const second = isSetUp(app) && code !== undefined ? [await spendCode(office, ctx, account, code)] : [];
  await steppedUp(office, ctx, account, ["password", ...second]);
}

/** Notes that the caller's session proved just now who calls. */
export async function steppedUp(office: Office, ctx: CallContext, { id }: StoredAccount, proofs: Proof[]) {
  await office.sessions.prove(ctx.meta.sessionId ?? "", proofs);
  await office.events.note(ctx.meta, id, "steppedUp", { proof: proofs.join(", ") });
}
