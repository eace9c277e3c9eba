import { DuplicateKey } from "../../../mixins/collection/collection.ts";
import type { Params } from "../../../mixins/contract.ts";
import { InvalidInput } from "../../../mixins/failure.ts";
import { EmailTaken, HandleTaken, type Accounts } from "../accounts.contract.ts";
import type { AccountFields, AccountsStore, StoredAccount } from "../accounts.store.ts";
import { canonicalEmail } from "./email-address.ts";
import { handleCandidates } from "./handle.ts";
import { hashPassword } from "./password-hash.ts";
import { passwordWeakness } from "./password-rules.ts";

export type Application = Params<(typeof Accounts)["$actions"]["register"]>;

/**
 * Makes a member's account. The store's unique keys decide who is first, however many register at once. Throws
 * `EMAIL_TAKEN`, `HANDLE_TAKEN` (a handle of one's own choice) and `INVALID_INPUT` for a password that is easy to guess.
 */
export async function registerAccount(store: AccountsStore, application: Application): Promise<StoredAccount> {
  const { password, handle, ...given } = application;
  const email = canonicalEmail(given.email);
  const weakness = passwordWeakness(password, [email, handle, given.username]);
  if (weakness) throw InvalidInput({ errors: [{ path: "password", message: weakness }] });
  if (await store.accountByEmail(email)) throw EmailTaken();

  const passwordHash = await hashPassword(password);
  for (const candidate of handle ? [handle] : handleCandidates(email)) {
    const account = await addUnlessHandleTaken(store, { ...profile(given), email, handle: candidate, passwordHash });
    if (account) return account;
  }
  throw HandleTaken();
}

const profile = (given: Omit<Application, "email" | "password" | "handle">) => ({
  username: given.username ?? null,
  location: given.location ?? null,
  gender: given.gender ?? null,
  birthdate: given.birthdate ?? null,
  phone: given.phone ?? null,
  role: "member" as const,
});

async function addUnlessHandleTaken(store: AccountsStore, fields: AccountFields): Promise<StoredAccount | undefined> {
  try {
    return await store.addAccount(fields);
  } catch (error) {
    if (!(error instanceof DuplicateKey)) throw error;
    if (error.key.includes("email")) throw EmailTaken();
    return undefined;
  }
}
