import type { CallContext } from "../../../mixins/answer.ts";
import {
  AccountSuspended,
  InvalidToken,
  SignInInterrupted,
  type PendingSignIn,
  type Proof,
  type SignedIn,
} from "../accounts.contract.ts";
import type { StoredAccount } from "../accounts.store.ts";
import type { Office } from "../office.ts";
import { ownView } from "../profiles/own-view.ts";
import { pendingSignIn } from "../second-factor/pending-sign-in.ts";
import { noticePlace } from "./familiar-places.ts";
import { opensStill, type Means } from "./opens-still.ts";
import type { SessionEnd } from "./refresh-family.ts";
import type { Session } from "./sessions.ts";

/**
 * What a client gets for a session that was opened or refreshed. The account is read only now: a role that was taken
 * since it was read before must not stand in a token that is issued later. Throws `INVALID_TOKEN` for an account that
 * may not sign in, or a session that has ended.
 */
export async function signedIn({ tokens, accounts }: Office, session: Session): Promise<SignedIn> {
  const moment = await tokens.issueMoment(session.accountId, session.id);
  const account = await accounts.byId(session.accountId);
  if (account?.status !== "active") throw InvalidToken();
  const claims = { accountId: account.id, roles: [account.role], sessionId: session.id };
  return {
    user: ownView(account),
    access: await tokens.sign(claims, moment),
    refresh: session.refresh,
    csrfToken: tokens.csrfToken(session.id),
  };
}

/**
 * Opens a session for somebody who has proved all that the account asks for. Throws `ACCOUNT_SUSPENDED`, and
 * `SIGN_IN_INTERRUPTED` when the account is deleted, is not opened any more by what was proved, or ended its sessions
 * meanwhile.
 */
export async function openSession(
  office: Office,
  proved: StoredAccount,
  ctx: CallContext,
  proofs: readonly Proof[],
  passkeyId?: string,
): Promise<SignedIn> {
  if (proved.status !== "active") throw refusalOf(proved);
  const session = await office.sessions.begin(proved, ctx.meta, proofs);
  const account = await stillProved(office, proved, session, { proofs, passkeyId });
  const caller = { ...ctx.meta, sessionId: session.id };
  await office.events.note(caller, account.id, "signedIn", { proof: proofs.join(", ") });
  await noticePlace(office, account, caller);
  return signedIn(office, session).catch((error: unknown) => {
    throw InvalidToken.is(error) ? SignInInterrupted() : error;
  });
}

/** What a client gets for a session that was refreshed. Throws `INVALID_TOKEN` when its account may not sign in. */
export async function continueSession(office: Office, session: Session): Promise<SignedIn> {
  const account = await office.accounts.byId(session.accountId);
  if (account?.status === "active") return signedIn(office, session);
  // Whoever suspends or deletes ends the sessions, too; this one is left when that was cut short.
  await office.sessions.end(session.id, endOf(account));
  throw InvalidToken();
}

/**
 * The account as it is now that its session has begun. A suspension, a deletion, a new password or the loss of a passkey
 * or a provider by it ends the sessions that it finds; one that was written after the proof and looked for sessions before
 * this one began is seen here.
 */
async function stillProved(
  office: Office,
  proved: StoredAccount,
  session: Session,
  means: Means,
): Promise<StoredAccount> {
  const account = await office.accounts.byId(proved.id);
  if (account?.status === "active" && (await opensStill(office, account, proved, means))) return account;
  await office.sessions.end(session.id, endOf(account));
  throw refusalOf(account);
}

/** What ended a session that may not go on: of an active account it is another password, and what went with it. */
function endOf(account: StoredAccount | undefined): SessionEnd {
  if (account?.status === "active") return "passwordChange";
  return account?.status === "suspended" ? "suspension" : "deletion";
}

const refusalOf = (account: StoredAccount | undefined) =>
  account?.status === "suspended" ? AccountSuspended() : SignInInterrupted();

/**
 * What follows a first factor that was right, whichever it was: the session, or, where the account asks for a second
 * factor, 202 with what to go on with.
 */
export async function passFirstFactor(
  office: Office,
  account: StoredAccount,
  ctx: CallContext,
  proof: Proof,
): Promise<SignedIn | PendingSignIn> {
  if (account.status !== "active") throw refusalOf(account);
  const pending = await pendingSignIn(office, account, proof);
  if (!pending) return openSession(office, account, ctx, [proof]);
  ctx.meta.$statusCode = 202;
  return pending;
}
