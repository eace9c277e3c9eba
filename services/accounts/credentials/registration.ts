import type { CallContext } from "../../../mixins/answer.ts";
import type { Params } from "../../../mixins/contract.ts";
import { EmailTaken, HandleTaken, type Accounts } from "../accounts.contract.ts";
import type { AccountFields, AccountsStore, StoredAccount } from "../accounts.store.ts";
import type { Office } from "../office.ts";
import { handleCandidates } from "../profiles/handle.ts";
import { canonicalEmail } from "./email-address.ts";
import { hashPassword } from "./password-hash.ts";
import { requireGoodPassword } from "./password-rules.ts";
import { sendVerification } from "./verification.ts";

export type Application = Params<(typeof Accounts)["$actions"]["register"]>;

/**
 * Makes a member's account and writes to its address. The store's unique keys decide who is first, however many register
 * at once. Throws `EMAIL_TAKEN`, `HANDLE_TAKEN` (a handle of one's own choice) and `INVALID_INPUT` for a password that
 * is easy to guess. After a crash before the letter the account is there: its owner signs in and asks for the letter
 * again (`POST /accounts/email/verification`).
 */
export async function registerAccount(
  office: Office,
  ctx: CallContext,
  application: Application,
): Promise<StoredAccount> {
  const account = await addMember(office, application);
  await office.events.note(ctx.meta, account.id, "registered");
  await sendVerification(office, account);
  return account;
}

async function addMember({ accounts }: Office, application: Application): Promise<StoredAccount> {
  const { password, handle, ...given } = application;
  const email = canonicalEmail(given.email);
  requireGoodPassword({ email, handle, username: given.username }, password);
  if (await accounts.byEmail(email)) throw EmailTaken();
  const passwordHash = await hashPassword(password);
  return addWithHandle(accounts, { ...newAccount(given), email, passwordHash }, handle);
}

/** An account under the handle of one's choice, or under the first free one that its e-mail address suggests. */
export async function addWithHandle(
  accounts: AccountsStore,
  fields: Omit<AccountFields, "handle">,
  handle?: string,
): Promise<StoredAccount> {
  for (const candidate of handle ? [handle] : handleCandidates(fields.email ?? "")) {
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
