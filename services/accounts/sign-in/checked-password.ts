import type { CallContext } from "../../../mixins/answer.ts";
import type { StoredAccount } from "../accounts.store.ts";
import { canonicalEmail } from "../credentials/email-address.ts";
import { hashPassword, isOutdated, matchesPassword } from "../credentials/password-hash.ts";
import type { Office } from "../office.ts";
import { standingAt } from "./familiar-places.ts";
import { passwordOf, type Guarded } from "./guarded-secrets.ts";
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
  const { accounts } = office;
  const address = canonicalEmail(email);
  // Both are asked for whatever comes of it, locked or not: an address without an account costs the same.
  const found = await accounts.byEmail(address);
  const from = await standingAt(office, found?.id, ctx.meta);
  const guess: Guarded = { secret: "password", of: address, from, ownerId: found?.id };
  const account = await guarded(
    office,
    ctx,
    guess,
    async () => (await matchesPassword(found?.passwordHash ?? undefined, password)) && found,
  );
  if (!account) throw InvalidCredentials();
  // Outside the guard: while it refuses, a right guess must not take longer than a wrong one.
  return withTodaysHash(office, account, password);
}

/**
 * Refuses unless a password is the account's; wrong ones count apart from those at a sign-in, whom strangers could
 * lock. For who has a session. Throws `INVALID_CREDENTIALS` and
 * `TOO_MANY_ATTEMPTS`.
 */
export async function requirePassword(office: Office, ctx: CallContext, account: StoredAccount, given: string) {
  const matches = () => matchesPassword(account.passwordHash ?? undefined, given);
  if (!(await guarded(office, ctx, passwordOf(account, "session"), matches))) throw InvalidCredentials();
}

/**
 * Makes an outdated hash anew, now that its password is known. Whoever is first in the compare-and-set does it for all;
 * the others look again, because what they lost against may have been a new password as well.
 */
async function withTodaysHash({ accounts }: Office, account: StoredAccount, password: string): Promise<StoredAccount> {
  let checked = account;
  while (isOutdated(checked.passwordHash!)) {
    const upgraded = await accounts.change(checked, { passwordHash: await hashPassword(password) });
    if (upgraded) return upgraded;
    const read = await accounts.byId(account.id);
    if (!read || !(await matchesPassword(read.passwordHash ?? undefined, password))) throw InvalidCredentials();
    checked = read;
  }
  return checked;
}
