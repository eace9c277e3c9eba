import type { CallContext } from "../../../mixins/answer.ts";
import { AccountSuspended, InvalidToken, type PendingSignIn, type Proof, type SignedIn } from "../accounts.contract.ts";
import type { StoredAccount } from "../accounts.store.ts";
import type { Office } from "../office.ts";
import { ownView } from "../profiles/own-view.ts";
import { pendingSignIn } from "../second-factor/pending-sign-in.ts";
import { noticePlace } from "./familiar-places.ts";
import type { Session } from "./sessions.ts";
import { InvalidCredentials } from "./sign-in.contract.ts";

/**
 * What a client gets for a session that was opened or refreshed. The account is read only now: a role that was taken
 * since it was read before must not stand in a token that is issued later. Throws `ACCOUNT_SUSPENDED`, or
 * `INVALID_TOKEN` for an account or a session that is gone.
 */
export async function signedIn({ tokens, accounts }: Office, session: Session): Promise<SignedIn> {
  const issuedAtMs = await tokens.issueMoment(session.accountId, session.id);
  const account = await accounts.byId(session.accountId);
  if (account?.status === "suspended") throw AccountSuspended();
  if (account?.status !== "active") throw InvalidToken();
  const claims = { accountId: account.id, roles: [account.role], sessionId: session.id };
  return {
    user: ownView(account),
    access: await tokens.sign(claims, issuedAtMs),
    refresh: session.refresh,
    csrfToken: tokens.csrfToken(session.id),
  };
}

/**
 * Opens a session for somebody who has proved all that the account asks for. Throws `ACCOUNT_SUSPENDED`, and
 * `INVALID_CREDENTIALS` when the password that was proved is no longer the account's.
 */
export async function openSession(
  office: Office,
  proved: StoredAccount,
  ctx: CallContext,
  proofs: readonly Proof[],
): Promise<SignedIn> {
  if (proved.status !== "active") throw AccountSuspended();
  const session = await office.sessions.begin(proved, ctx.meta, proofs);
  const account = await stillProved(office, proved, session, proofs);
  const caller = { ...ctx.meta, sessionId: session.id };
  await office.events.note(caller, account.id, "signedIn", { proof: proofs.join(", ") });
  await noticePlace(office, account, caller);
  return signedIn(office, session);
}

/** What a client gets for a session that was refreshed. Throws `INVALID_TOKEN` when its account may not sign in. */
export async function continueSession(office: Office, session: Session): Promise<SignedIn> {
  const account = await office.accounts.byId(session.accountId);
  if (account?.status === "active") return signedIn(office, session);
  // Whoever suspends or deletes ends the sessions, too; this one is left when that was cut short.
  await office.sessions.end(session.id, account?.status === "suspended" ? "suspension" : "deletion");
  throw InvalidToken();
}

/**
 * The account as it is now that its session has begun. A suspension, deletion or new password ends the sessions that it
 * finds; one that was written after the proof and looked for sessions before this one began is seen here.
 */
async function stillProved(
  { accounts, sessions }: Office,
  proved: StoredAccount,
  session: Session,
  proofs: readonly Proof[],
): Promise<StoredAccount> {
  const account = await accounts.byId(proved.id);
  if (account?.status !== "active") {
    await sessions.end(session.id, "suspension");
    throw AccountSuspended();
  }
  if (proofs.includes("password") && account.passwordHash !== proved.passwordHash) {
    await sessions.end(session.id, "passwordChange");
    throw InvalidCredentials();
  }
  return account;
}

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
  if (account.status !== "active") throw AccountSuspended();
  const pending = await pendingSignIn(office, account, proof);
  if (!pending) return openSession(office, account, ctx, [proof]);
  ctx.meta.$statusCode = 202;
  return pending;
}
