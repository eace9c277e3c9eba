import type { Account } from "./accounts.contract.ts";
import type { StoredAccount } from "./accounts.store.ts";

/** An account as its owner may see it; field by field, so that a new secret stays one. */
export const ownView = ({ id, email, handle, role, createdAt, ...profile }: StoredAccount): Account => ({
  id,
  email,
  handle,
  username: profile.username,
  location: profile.location,
  gender: profile.gender,
  birthdate: profile.birthdate,
  phone: profile.phone,
  role,
  createdAt,
});
