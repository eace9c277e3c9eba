import type { Office } from "../office.ts";

/**
 * What a reset by mail takes away: what opens the account without its password (`waysIn`), or everything that was set up
 * for it (`everything`), where nobody had proved the address.
 */
export type Forgotten = "waysIn" | "everything";

/**
 * Takes away what opens an account besides its password: who resets may have lost control of the account, and whoever had
 * it may have kept it open by a passkey or a provider. Where the address was unproven, a stranger may have set up the rest
 * as well: an authenticator app that keeps the owner out, a device that gets the owner's pushes (pre-hijacking: Sudhodanan
 * and Paverd, USENIX Security 2022). What was made after `madeUpToMs` (Unix milliseconds) is its owner's, and stays when
 * this is done once more.
 */
export async function forgetOtherWays(
  { secondFactors, identities, devices }: Office,
  accountId: string,
  forgotten: Forgotten,
  madeUpToMs: number,
): Promise<void> {
  const isOld = ({ createdAt }: { createdAt: string }) => Date.parse(createdAt) <= madeUpToMs;
  const [passkeys, linked] = await Promise.all([secondFactors.passkeysOf(accountId), identities.of(accountId)]);
  await Promise.all([
    ...passkeys.filter(isOld).map(({ id }) => secondFactors.removePasskey(id)),
    ...linked.filter(isOld).map(({ id }) => identities.remove(id)),
  ]);
  if (forgotten === "waysIn") return;
  const [app, registered] = await Promise.all([secondFactors.authenticator(accountId), devices.of(accountId)]);
  await Promise.all([
    // Its recovery codes are in the same document. A set-up under way changes it, and must not escape.
    app && isOld(app) && secondFactors.removeAuthenticator(accountId),
    ...registered.filter(isOld).map(({ id }) => devices.remove(accountId, id)),
  ]);
}
