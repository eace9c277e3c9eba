import type { CallContext } from "../../../mixins/answer.ts";
import { AccountSuspended, type PendingSignIn, type Proof, type SignedIn } from "../accounts.contract.ts";
import type { StoredAccount } from "../accounts.store.ts";
import type { Office } from "../office.ts";
import { ownView } from "../profiles/own-view.ts";
import { pendingSignIn } from "../second-factor/pending.ts";
import type { Session } from "./sessions.ts";

/** What a client gets for a session that was opened or refreshed. */
export async function signedIn(office: Office, account: StoredAccount, session: Session): Promise<SignedIn> {
  const { tokens, clock } = office;
  const claims = { accountId: account.id, roles: [account.role], sessionId: session.id };
  return {
    user: ownView(account),
    access: await tokens.sign(claims, new Date(clock())),
    refresh: session.refresh,
    csrfToken: tokens.csrfToken(session.id),
  };
}

/** Opens a session for somebody who has proved all that the account asks for. Throws `ACCOUNT_SUSPENDED`. */
export async function openSession(
  office: Office,
  account: StoredAccount,
  ctx: CallContext,
  proofs: readonly Proof[],
): Promise<SignedIn> {
  if (account.status !== "active") throw AccountSuspended();
  const session = await office.sessions.begin(account, ctx.meta, proofs);
  const caller = { ...ctx.meta, sessionId: session.id };
  await office.events.note(caller, account.id, "signedIn", { proof: proofs.join(", ") });
  return signedIn(office, account, session);
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
