import { hasRole, type CallerMeta } from "../../../mixins/answer.ts";
import type { Params } from "../../../mixins/contract.ts";
import { Forbidden, InvalidInput, Unauthenticated } from "../../../mixins/failure.ts";
import type { AccountFields, StoredAccount } from "../accounts.store.ts";
import { viewerOf } from "./member-view.ts";
import type { profileActions } from "./profiles.contract.ts";

/** What an edit or a replacement names, without whom it is about. */
export type ProfileEdit = Omit<Params<(typeof profileActions)["editUser"]>, "handle" | "ifMatch">;
type Edited = Pick<
  AccountFields,
  "username" | "bio" | "links" | "picture" | "location" | "gender" | "birthdate" | "phone"
>;

/** What others see of a profile, emptied. */
const NOTHING_SHOWN = { username: null, bio: null, links: [], picture: null, location: null } satisfies Partial<Edited>;
/** Everything that a member may tell, emptied. */
export const NOTHING_TOLD: Edited = { ...NOTHING_SHOWN, gender: null, birthdate: null, phone: null };

const MODERATED: ReadonlySet<string> = new Set(Object.keys(NOTHING_SHOWN));
/** What admins change besides. */
const ADMINISTERED: ReadonlySet<string> = new Set(["isPublic"]);

/**
 * Throws `FORBIDDEN` unless the caller owns the account or may moderate it. Moderators have no say over each other and
 * over admins; admins have over all.
 */
export function requireSay(account: StoredAccount, caller: CallerMeta): void {
  if (!caller.accountId) throw Unauthenticated();
  const viewer = viewerOf(account, caller);
  const isStaff = account.role === "moderator" || account.role === "admin";
  if (viewer === "stranger" || (viewer === "moderator" && isStaff && !hasRole(caller, "admin"))) throw Forbidden();
}

/** Throws `FORBIDDEN` unless the caller owns the account or is an admin: a deletion cannot be taken back. */
export function requireOwnerOrAdmin(account: StoredAccount, caller: CallerMeta): void {
  if (!caller.accountId) throw Unauthenticated();
  if (caller.accountId !== account.id && !hasRole(caller, "admin")) throw Forbidden();
}

/**
 * The patch for what an edit names, at least one thing. Moderators change what others see and nothing else, admins also
 * whether they see it: a handle, a telephone number or a language is its owner's. Throws `INVALID_INPUT` and `FORBIDDEN`.
 */
export function patchOf(edit: ProfileEdit, account: StoredAccount, caller: CallerMeta): Partial<AccountFields> {
  const patch = namedIn(edit, account, caller);
  if (Object.keys(patch).length > 0) return patch;
  throw InvalidInput({ errors: [{ path: "", message: "Name at least one field to change" }] });
}

/** The patch for a replacement: what it does not name is taken away, as far as it is the caller's to take. */
export const replacementOf: typeof patchOf = (edit, account, caller) => ({
  ...(caller.accountId === account.id ? NOTHING_TOLD : NOTHING_SHOWN),
  ...namedIn(edit, account, caller),
});

function namedIn(edit: ProfileEdit, account: StoredAccount, caller: CallerMeta): Partial<AccountFields> {
  const given = Object.entries(edit).filter(([, value]) => value !== undefined);
  const mayChange = (field: string) => MODERATED.has(field) || (ADMINISTERED.has(field) && hasRole(caller, "admin"));
  if (caller.accountId !== account.id && !given.every(([field]) => mayChange(field))) throw Forbidden();
  const { newHandle, bio, ...fields } = Object.fromEntries(given) as ProfileEdit;
  return {
    ...(fields as Partial<AccountFields>),
    ...(bio !== undefined && { bio: bio || null }),
    ...(newHandle !== undefined && { handle: newHandle }),
  };
}
