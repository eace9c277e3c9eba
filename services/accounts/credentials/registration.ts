import type { CallContext } from "../../../mixins/answer.ts";
import type { Params } from "../../../mixins/contract.ts";
import { EmailTaken, HandleTaken, type Accounts } from "../accounts.contract.ts";
import type { AccountFields, AccountsStore, StoredAccount } from "../accounts.store.ts";
import type { Office } from "../office.ts";
import { handleCandidates } from "../profiles/handle.ts";
import { isSetUp } from "../second-factor/factors.ts";
import { canonicalEmail } from "./email-address.ts";
import { hashPassword, matchesPassword } from "./password-hash.ts";
import { requireGoodPassword } from "./password-rules.ts";
import { sendVerification } from "./verification.ts";

export type Application = Params<(typeof Accounts)["$actions"]["register"]>;

/**
 * Makes a member's account and writes to its address. The store's unique keys decide who is first, however many register
 * at once. Throws `EMAIL_TAKEN`, `HANDLE_TAKEN` (a handle of one's own choice) and `INVALID_INPUT` for a password that
 * is easy to guess. After a crash before the letter the account is there: whoever repeats a keyed request gets it and the
 * letter; others sign in and ask for the letter again (`POST /accounts/email/verification`). The log may lack its line.
 */
export async function registerAccount(
  office: Office,
  ctx: CallContext,
  application: Application,
): Promise<StoredAccount> {
  const { onceKey = null } = ctx.meta;
  const known = onceKey === null ? undefined : await madeBefore(office, onceKey, application);
  const account = known ?? (await addMember(office, application, onceKey));
  if (!known) await office.events.note(ctx.meta, account.id, "registered");
  await sendVerification(office, account);
  return account;
}

/** What the same keyed request made before it was cut off, as long as its password alone still opens it. */
async function madeBefore({ accounts, secondFactors }: Office, onceKey: string, { password }: Application) {
  const account = await accounts.byOnceKey(onceKey);
  if (account?.status !== "active" || isSetUp(await secondFactors.authenticator(account.id))) return undefined;
  return (await matchesPassword(account.passwordHash ?? undefined, password)) ? account : undefined;
}

async function addMember({ accounts }: Office, application: Application, onceKey: string | null) {
  const { password, handle, ...given } = application;
  const email = canonicalEmail(given.email);
  requireGoodPassword({ email, handle, username: given.username }, password);
  if (await accounts.byEmail(email)) throw EmailTaken();
  const passwordHash = await hashPassword(password);
  return addWithHandle(accounts, { ...newAccount(given), email, passwordHash, onceKey }, handle);
}

/** An account under the handle of one's choice, or under a made one. */
export async function addWithHandle(
  accounts: AccountsStore,
  fields: Omit<AccountFields, "handle">,
  handle?: string,
): Promise<StoredAccount> {
  for (const candidate of handle ? [handle] : handleCandidates()) {
    const account = await accounts.add({ ...fields, handle: candidate }).catch((error: unknown) => {
      if (!HandleTaken.is(error)) throw error;
      return undefined;
    });
    if (account) return account;
  }
  throw HandleTaken();
}

/** What a new member has told, and nothing else. */
export const newAccount = (given: Partial<Omit<Application, "password" | "handle">>) => ({
  email: null,
  emailVerifiedAt: null,
  passwordHash: null,
  username: given.username ?? null,
  bio: null,
  links: [],
  picture: null,
  location: given.location ?? null,
  gender: given.gender ?? null,
  birthdate: given.birthdate ?? null,
  phone: given.phone ?? null,
  language: given.language ?? ("ko" as const),
  isPublic: true,
  role: "member" as const,
  status: "active" as const,
});
