import { callerId, type CallContext } from "../../mixins/answer.ts";
import { Unauthenticated } from "../../mixins/failure.ts";
import type { StoredAccount } from "./accounts.store.ts";
import type { Office } from "./office.ts";

/**
 * Whose account an access token speaks of. The token may outlive the account, or its right to sign in, until every edge
 * has learned of it. Throws `UNAUTHENTICATED`.
 */
export async function callersAccount({ accounts }: Pick<Office, "accounts">, ctx: CallContext): Promise<StoredAccount> {
  const account = await accounts.byId(callerId(ctx));
  if (account?.status !== "active") throw Unauthenticated();
  return account;
}
