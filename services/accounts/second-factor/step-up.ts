import { callerId, type CallContext } from "../../../mixins/answer.ts";
import { Unauthenticated } from "../../../mixins/failure.ts";
import { StepUpRequired, type Proof } from "../account.contract.ts";
import type { StoredAccount } from "../accounts.store.ts";
import type { Office } from "../office.ts";
import { requirePassword } from "../sign-in/checked-password.ts";
import type { StoredSession } from "../sign-in/sign-in.store.ts";
import { codeProofs, isSetUp } from "./factors.ts";
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
    callersSession(office, ctx),
    office.secondFactors.authenticator(accountId),
  ]);
  const isFresh = session !== undefined && office.clock() - session.provedAtMs <= FRESH_MS;
  if (!isFresh || !isEnough(session.provedBy, isSetUp(app))) throw await stepUpRequired(office, accountId, app);
}

/** The sign-in that the caller speaks from, while it is good; a call without one has proved nothing. */
async function callersSession({ sessions }: Office, { meta }: CallContext): Promise<StoredSession | undefined> {
  const session = meta.sessionId === undefined ? undefined : await sessions.live(meta.sessionId);
  return session?.accountId === meta.accountId ? session : undefined;
}

/** Whether proofs given together are all that an account asks for; a passkey is two factors in one. */
export const isEnough = (proofs: readonly Proof[], asksForCode: boolean): boolean =>
  proofs.includes("passkey") ||
  (asksForCode ? proofs.includes("totp") || proofs.includes("recoveryCode") : proofs.length > 0);

async function stepUpRequired(office: Office, accountId: string, app: StoredAuthenticator | undefined) {
  const account = await office.accounts.byId(accountId);
  const ways = account && (await waysToSignIn(office, account));
  return StepUpRequired({ methods: ways ? methodsOf(ways, codeProofs(app)) : [] });
}

/**
 * What an account can prove by who it is. One without a password signs in anew by its provider: that is a fresh proof,
 * and without a passkey its only one.
 */
export function methodsOf(ways: WaysToSignIn, codes: readonly Proof[]): Proof[] {
  const first: Proof[] = ways.password ? ["password"] : ways.providers;
  return [...first, ...(first.length > 0 ? codes : []), ...(ways.passkeys > 0 ? (["passkey"] as const) : [])];
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
  if (account.passwordHash === null || password === undefined || (isSetUp(app) && code === undefined)) {
    throw await stepUpRequired(office, account.id, app);
  }
  await requirePassword(office, ctx, account, password);
  const second = isSetUp(app) && code !== undefined ? [await spendCode(office, ctx, account, code, "session")] : [];
  await steppedUp(office, ctx, account, ["password", ...second]);
}

/** Notes that the caller's session proved just now who calls. Throws `UNAUTHENTICATED` where there is none. */
export async function steppedUp(office: Office, ctx: CallContext, { id }: StoredAccount, proofs: Proof[]) {
  const session = await callersSession(office, ctx);
  if (!session) throw Unauthenticated();
  await office.sessions.prove(session.id, proofs);
  await office.events.note(ctx.meta, id, "steppedUp", { proof: proofs.join(", ") });
}
