import type { CallContext } from "../../../mixins/answer.ts";
import type { StoredAccount } from "../accounts.store.ts";
import { canonicalEmail } from "../credentials/email-address.ts";
import { matchesPassword } from "../credentials/password-hash.ts";
import type { Office } from "../office.ts";
import { guarded } from "./login-guard.ts";
import { InvalidCredentials } from "./sign-in.contract.ts";

/**
 * The account that an e-mail address and a password belong to. Every wrong pair costs the same work and gives the same
 * `INVALID_CREDENTIALS`; too many of them give `TOO_MANY_ATTEMPTS`, whether the address has an account or not.
 */
export async function accountOfPair(
  office: Office,
  ctx: CallContext,
  { email, password }: { email: string; password: string },
): Promise<StoredAccount> {
  const address = canonicalEmail(email);
  const owner = async () => (await office.accounts.byEmail(address))?.id;
  const account = await guarded(office, ctx, { secret: "password", of: address, owner }, async () => {
    const found = await office.accounts.byEmail(address);
    return (await matchesPassword(found?.passwordHash ?? undefined, password)) && found;
  });
  if (!account) throw InvalidCredentials();
  return account;
}
