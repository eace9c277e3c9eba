import type { Proof } from "../account.contract.ts";
import type { StoredAccount } from "../accounts.store.ts";
import type { Office } from "../office.ts";
import { ProviderName } from "../providers/providers.contract.ts";

/** What somebody came in by. */
export interface Means {
  proofs: readonly Proof[];
  passkeyId: string | undefined;
}

/** Whether that opens the account still, which `account` is now. */
export async function opensStill(
  { identities, secondFactors }: Office,
  account: StoredAccount,
  proved: StoredAccount,
  { proofs, passkeyId }: Means,
): Promise<boolean> {
  if (proofs.includes("password") && account.passwordHash !== proved.passwordHash) return false;
  if (passkeyId !== undefined && !(await secondFactors.passkey(passkeyId))) return false;
  const provider = ProviderName.safeParse(proofs[0]).data;
  return provider === undefined || (await identities.of(account.id, provider)).length > 0;
}
