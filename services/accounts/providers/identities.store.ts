import { DuplicateKey, type OpenCollection, type Stored } from "../../../mixins/collection/collection.ts";
import type { ProviderName } from "./providers.contract.ts";

/** Somebody at a provider is a member here. Who it is, the provider's own name for them says, never their e-mail. */
export interface IdentityFields {
  accountId: string;
  /** One provider is one issuer (OpenID Connect Core §5.7: issuer and subject together name somebody). */
  provider: ProviderName;
  subject: string;
}
export type StoredIdentity = Stored<IdentityFields>;

/** Which unique key was taken: the person at the provider, or the account's one place for that provider. */
export type Taken = "subject" | "place";

export interface IdentitiesStore {
  /** Two unique keys decide: a person at a provider is one member, a member has one identity of a provider. */
  add(identity: IdentityFields): Promise<StoredIdentity | Taken>;
  bySubject(provider: ProviderName, subject: string): Promise<StoredIdentity | undefined>;
  /** Those of an account, oldest first, and of one provider where one is named. */
  of(accountId: string, provider?: ProviderName): Promise<StoredIdentity[]>;
  /** False when it is gone already. */
  remove(id: string): Promise<boolean>;
  close(): Promise<void>;
}

/** More than there are providers. */
const MOST = 100;

export async function openIdentitiesStore(open: OpenCollection): Promise<IdentitiesStore> {
  const identities = await open<IdentityFields>({
    service: "accounts",
    noun: "identity",
    fields: { accountId: "text", provider: "text", subject: "text" },
    unique: [
      ["provider", "subject"],
      ["accountId", "provider"],
    ],
  });
  return {
    add: (identity) => orTaken(identities.insert(identity)),
    bySubject: async (provider, subject) =>
      (await identities.find({ filter: { provider, subject }, limit: 1 })).items[0],
    of: async (accountId, provider) => {
      const filter = { accountId, ...(provider && { provider }) };
      return (await identities.find({ filter, sort: ["createdAt"], limit: MOST })).items;
    },
    remove: (id) => identities.remove(id),
    close: () => identities.close(),
  };
}

async function orTaken(insertion: Promise<StoredIdentity>): Promise<StoredIdentity | Taken> {
  try {
    return await insertion;
  } catch (error) {
    if (!(error instanceof DuplicateKey)) throw error;
    return error.key.includes("subject") ? "subject" : "place";
  }
}
