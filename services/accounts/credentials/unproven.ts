import type { Office } from "../office.ts";

/**
 * Takes away every other way in that was set up while an account's address was unproven: who registered with somebody
 * else's address could keep it open by a passkey or a provider (pre-hijacking: Sudhodanan and Paverd, USENIX Security
 * 2022). An authenticator app lets nobody in by itself and stays.
 */
export async function forgetUnproven({ secondFactors, identities }: Office, accountId: string): Promise<void> {
  const [passkeys, linked] = await Promise.all([secondFactors.passkeysOf(accountId), identities.of(accountId)]);
  await Promise.all([
    ...passkeys.map(({ id }) => secondFactors.removePasskey(id)),
    ...linked.map(({ id }) => identities.remove(id)),
  ]);
}
