import { createHash } from "node:crypto";
import { TooManyAttempts } from "../accounts.contract.ts";
import type { StoredAccount } from "../accounts.store.ts";
import { canonicalEmail } from "../credentials/email-address.ts";
import { matchesPassword } from "../credentials/password-hash.ts";
import type { Office } from "../office.ts";
import { afterFailure, secondsToWait } from "./login-guard.ts";
import { InvalidCredentials } from "./sign-in.contract.ts";
import type { SignInStore } from "./sign-in.store.ts";

/**
 * The account that an e-mail address and a password belong to. Every wrong pair costs the same work and gives the same
 * `INVALID_CREDENTIALS`; an address with too many failures gives `TOO_MANY_ATTEMPTS`, whether it has an account or not.
 */
export async function checkCredentials(
  { accounts, signIns: store, clock }: Office,
  { email, password }: { email: string; password: string },
): Promise<StoredAccount> {
  const address = canonicalEmail(email);
  const digest = createHash("sha256").update(address).digest("base64url");
  await refuseWhileLocked(store, digest, clock());
  const account = await accounts.byEmail(address);
  const matches = await matchesPassword(account?.passwordHash ?? undefined, password);
  if (!account || !matches) {
    await countFailure(store, digest, clock());
    throw InvalidCredentials();
  }
  // Again, or guesses sent all at once would each be judged by the count before the first of them failed.
  const failures = await refuseWhileLocked(store, digest, clock());
  if (failures) await store.forgetFailedSignIns(failures.id);
  return account;
}

async function refuseWhileLocked(store: SignInStore, digest: string, nowMs: number) {
  const failures = await store.failedSignIns(digest);
  const retryAfterSeconds = secondsToWait(failures, nowMs);
  if (retryAfterSeconds > 0) throw TooManyAttempts({ retryAfterSeconds });
  return failures;
}

/** Ends soon, however many fail at once: each round counts one of them, and the fifth sends all others away. */
async function countFailure(store: SignInStore, digest: string, nowMs: number): Promise<void> {
  for (;;) {
    const failures = await refuseWhileLocked(store, digest, nowMs);
    if (await store.replaceFailedSignIns(digest, failures, afterFailure(failures, nowMs))) return;
  }
}
