import type { PendingSignIn, Proof } from "../accounts.contract.ts";
import type { StoredAccount } from "../accounts.store.ts";
import type { Office } from "../office.ts";

/** What somebody gets whose first factor was right when the account asks for a second one; else undefined. */
export async function pendingSignIn(
  _office: Office,
  _account: StoredAccount,
  _proof: Proof,
): Promise<PendingSignIn | undefined> {
  return Promise.resolve(undefined);
}
