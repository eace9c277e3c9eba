import type { Account } from "../accounts.contract.ts";
import type { StoredAccount } from "../accounts.store.ts";

/** An account as its owner may see it; field by field, so that a new secret stays one. */
export const ownView = ({ id, email, handle, role, createdAt, rev, ...profile }: StoredAccount): Account => ({
  ...{ id, handle, username: profile.username, picture: profile.picture, isPublic: profile.isPublic },
  ...{ email, emailVerified: profile.emailVerifiedAt !== null, hasPassword: profile.passwordHash !== null },
  bio: profile.bio,
  links: profile.links,
  location: profile.location,
  gender: profile.gender,
  birthdate: profile.birthdate,
  phone: profile.phone,
  language: profile.language,
  role,
  version: rev,
  createdAt,
});
