import { hasRole, type CallerMeta } from "../../../mixins/answer.ts";
import type { MemberCard } from "../account.contract.ts";
import type { AccountFields, StoredAccount } from "../accounts.store.ts";
import type { Member } from "./profiles.contract.ts";

/** What one who looks at an account is to it. */
export type Viewer = "owner" | "moderator" | "stranger";

export function viewerOf({ id }: Pick<StoredAccount, "id">, caller: CallerMeta): Viewer {
  if (caller.accountId === id) return "owner";
  return caller.accountId !== undefined && hasRole(caller, "moderator") ? "moderator" : "stranger";
}

/** A deleted account is nobody's to see, a suspended one for moderators. */
export const isVisible = ({ status }: Pick<AccountFields, "status">, viewer: Viewer): boolean =>
  status === "active" || (status === "suspended" && viewer !== "stranger");

/** What everybody sees. */
export const cardOf = ({ id, handle, username, picture, isPublic }: StoredAccount): MemberCard => ({
  ...{ id, handle, username, picture, isPublic },
});

/** An account as others see it, field by field: what is not named here stays the owner's. */
export function memberView(account: StoredAccount, viewer: Viewer): Member {
  const { bio, links, location, createdAt, role, status, rev } = account;
  const isOpen = account.isPublic || viewer !== "stranger";
  const told = isOpen
    ? { bio, links, location, memberSince: createdAt }
    : { bio: null, links: [], location: null, memberSince: null };
  return { ...cardOf(account), ...told, version: rev, ...(viewer === "moderator" && { role, status }) };
}
