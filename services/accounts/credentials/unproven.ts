import type { Office } from "../office.ts";

/**
 * Takes away everything else that was set up while an account's address was unproven: who registered with somebody
 * else's address could keep the account open by a passkey or a provider, and its owner out by an authenticator app
 * (pre-hijacking: Sudhodanan and Paverd, USENIX Security 2022). What was made after `madeUpToMs` (Unix milliseconds) is
 * its owner's, and stays when this is done once more.
 */
export async function forgetUnproven(
  { secondFactors, identities }: Office,
  accountId: string,
  madeUpToMs: number,
): Promise<void> {
  const isOld = ({ createdAt }: { createdAt: string }) => Date.parse(createdAt) <= madeUpToMs;
  const [app, passkeys, linked] = await Promise.all([
    secondFactors.authenticator(accountId),
    secondFactors.passkeysOf(accountId),
    identities.of(accountId),
  ]);
  await Promise.all([
    // Its recovery codes are in the same document. A set-up under way changes it, and must not escape.
    app && isOld(app) && secondFactors.removeAuthenticator(accountId),
    ...passkeys.filter(isOld).map(({ id }) => secondFactors.removePasskey(id)),
    ...linked.filter(isOld).map(({ id }) => identities.remove(id)),
  ]);
}
