import { callerId, type CallContext } from "../../mixins/answer.ts";
import { Unauthenticated } from "../../mixins/failure.ts";
import type { StoredAccount } from "./accounts.store.ts";
import type { Office } from "./office.ts";

/**
 * For who has added a way in: what ended the caller's sessions meanwhile may have looked for ways before this one was
 * there. Throws `UNAUTHENTICATED` when the session that the caller speaks from has ended.
 */
export async function requireSessionStill(
  { sessions }: Pick<Office, "sessions">,
  { meta }: CallContext,
): Promise<void> {
  if (meta.sessionId === undefined || !(await sessions.live(meta.sessionId))) throw Unauthenticated();
}

/**
 * Whose account an access token speaks of. The token may outlive the account, or its right to sign in, until every edge
 * has learned of it. Throws `UNAUTHENTICATED`.
 */
export async function callersAccount({ accounts }: Pick<Office, "accounts">, ctx: CallContext): Promise<StoredAccount> {
  const account = await accounts.byId(callerId(ctx));
  if (account?.status !== "active") throw Unauthenticated();
  return account;
}
