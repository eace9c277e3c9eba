import type { CallContext } from "../../../mixins/answer.ts";
import type { StoredAccount } from "../accounts.store.ts";
import { callersAccount, requireSessionStill } from "../callers-account.ts";
import type { Office } from "../office.ts";
import { takeWayAway } from "../second-factor/ways-to-sign-in.ts";
import { tell } from "../telling.ts";
import { providerOf, resumeAuthorization } from "./authorization.ts";
import type { StoredIdentity } from "./identities.store.ts";
import type { Grant } from "./identity-provider.ts";
import {
  IdentityNotFound,
  IdentityTaken,
  ProviderLinked,
  type Identity,
  type ProviderName,
} from "./providers.contract.ts";

/**
 * Links somebody at a provider to the caller's account, whatever their e-mail addresses are. Unique keys decide; to link
 * once more what is linked already changes nothing. Throws `IDENTITY_TAKEN` and `PROVIDER_LINKED`, and
 * `UNAUTHENTICATED` when the caller's session ended while the provider was asked (a crash right then leaves a link that
 * its owner sees and can take off).
 */
export async function linkIdentity(
  office: Office,
  provider: ProviderName,
  brought: Grant & { state?: string | undefined },
  ctx: CallContext,
): Promise<StoredIdentity> {
  const account = await callersAccount(office, ctx);
  const vouching = providerOf(office, provider);
  const { subject } = await vouching.exchange(await resumeAuthorization(office, provider, brought, account.id));
  const holder = await knownAccount(office, provider, subject);
  if (holder && holder.id !== account.id) throw IdentityTaken();
  const added = await office.identities.add({ accountId: account.id, provider, subject });
  if (typeof added === "object") {
    await requireSessionStill(office, ctx).catch(async (error: unknown) => {
      await office.identities.remove(added.id);
      throw error;
    });
    await tellOfIdentity(office, ctx, account, "identityLinked", provider);
    return added;
  }
  const [own] = await office.identities.of(account.id, provider);
  if (own?.subject === subject) return own;
  throw added === "subject" ? IdentityTaken() : ProviderLinked();
}

/** Undefined for somebody new; also for who deleted their account, whose identity a crash may have left behind. */
export async function knownAccount({ identities, accounts }: Office, provider: ProviderName, subject: string) {
  const identity = await identities.bySubject(provider, subject);
  const account = identity && (await accounts.byId(identity.accountId));
  if (account && account.status !== "deleted") return account;
  if (identity) await identities.remove(identity.id);
  return undefined;
}

/** Throws `IDENTITY_NOT_FOUND`, and `LAST_SIGN_IN_METHOD` for what else nothing would be left to sign in with. */
export async function unlinkIdentity(office: Office, provider: ProviderName, ctx: CallContext): Promise<void> {
  const account = await callersAccount(office, ctx);
  const [identity] = await office.identities.of(account.id, provider);
  if (!identity) throw IdentityNotFound();
  const removed = await takeWayAway(office, account, () => office.identities.remove(identity.id));
  if (removed) await tellOfIdentity(office, ctx, account, "identityUnlinked", provider);
}

/** For an account that is being deleted: its people at providers are strangers again. Harmless to repeat. */
export async function forgetIdentities({ identities }: Office, accountId: string): Promise<void> {
  for (const { id } of await identities.of(accountId)) await identities.remove(id);
}

const NAMES: Record<ProviderName, string> = { google: "Google", kakao: "Kakao" };

/** Tells the owner of an account that a way into it has come or gone. */
export const tellOfIdentity = (
  office: Office,
  ctx: CallContext,
  account: StoredAccount,
  kind: "identityLinked" | "identityUnlinked",
  provider: ProviderName,
): Promise<void> => tell(office, ctx, account, { kind, provider: NAMES[provider] }, { provider });

export const identityView = ({ provider, createdAt }: StoredIdentity): Identity => ({ provider, linkedAt: createdAt });
