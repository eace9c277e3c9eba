import { Unauthenticated } from "../../../mixins/failure.ts";
import type { Office } from "../office.ts";
import type { Passkey } from "./second-factor.contract.ts";
import type { StoredAuthenticator, StoredPasskey } from "./second-factor.store.ts";

export const passkeyView = ({ id, name, createdAt, lastUsedAt }: StoredPasskey): Passkey => ({
  ...{ id, name, createdAt, lastUsedAt },
});

/** Whether an account asks for codes: its app has shown a first one. */
export const isSetUp = (app: StoredAuthenticator | undefined): app is StoredAuthenticator & { secret: string } =>
  app !== undefined && app.secret !== null;

/** What the codes that an account asks for can be of: none without an app, and recovery codes run out. */
export function codeProofs(app: StoredAuthenticator | undefined): ("totp" | "recoveryCode")[] {
  if (!isSetUp(app)) return [];
  return app.recoveryHashes.length > 0 ? ["totp", "recoveryCode"] : ["totp"];
}

/** What guards an account besides its password. */
export async function factorsOf({ secondFactors }: Office, accountId: string) {
  const [app, passkeys] = await Promise.all([
    secondFactors.authenticator(accountId),
    secondFactors.passkeysOf(accountId),
  ]);
  return {
    totp: isSetUp(app),
    recoveryCodesLeft: app?.recoveryHashes.length ?? 0,
    passkeys: passkeys.map(passkeyView),
  };
}

/** Removes what an account had of second factors; as often as one likes, say after a crash in the middle of it. */
export async function forgetFactors({ secondFactors }: Office, accountId: string): Promise<void> {
  const passkeys = await secondFactors.passkeysOf(accountId);
  await Promise.all([
    secondFactors.removeAuthenticator(accountId),
    ...passkeys.map(({ id }) => secondFactors.removePasskey(id)),
  ]);
}

/**
 * Whoever has kept a factor looks again whether its account is still there: a deletion that was written meanwhile may
 * have looked for factors before this one was kept. Throws `UNAUTHENTICATED` when it is gone. (A crash between the two
 * leaves a factor that opens nothing, because its account may not sign in.)
 */
export async function requireAccountStill(office: Office, accountId: string): Promise<void> {
  const account = await office.accounts.byId(accountId);
  if (account && account.status !== "deleted") return;
  await forgetFactors(office, accountId);
  throw Unauthenticated();
}
