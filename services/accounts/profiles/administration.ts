import { callerId, type CallContext } from "../../../mixins/answer.ts";
import { UserNotFound, type AccountStatus, type Role } from "../account.contract.ts";
import { changeAccount, type AccountsStore, type StoredAccount } from "../accounts.store.ts";
import type { Office } from "../office.ts";
import { OwnRole } from "./profiles.contract.ts";

/** Its owner reads the log of an account: where an admin was, and in which session, is the admin's. */
const NOWHERE = {};

/** The account that an admin acts on. Throws `USER_NOT_FOUND`, and `OWN_ROLE` for the admin's own. */
export async function accountForAdmin(
  { accounts }: Pick<Office, "accounts">,
  handle: string,
  ctx: CallContext,
): Promise<StoredAccount> {
  const account = await accounts.byHandle(handle);
  if (!account || account.status === "deleted") throw UserNotFound();
  if (account.id === callerId(ctx)) throw OwnRole();
  return account;
}

/**
 * Gives an account a role. Access tokens that say another one end at once, those of the next refresh say the new one.
 * They end even when nothing changed: a process that died between the two writes is made up for by a repetition.
 */
export async function giveRole(
  { accounts, endings, events }: Pick<Office, "accounts" | "endings" | "events">,
  { id, role: before }: StoredAccount,
  role: Role,
): Promise<StoredAccount> {
  const account = await changeLiving(accounts, id, (read) => (read.role === role ? undefined : { role }));
  await endings.end([id]);
  if (before !== role) await events.note(NOWHERE, id, "roleChanged", { from: before, to: role });
  return account;
}

/**
 * Suspends an account or lets it in again. A suspension ends its sign-ins and access tokens, takes the worth of every
 * link and pending ceremony, and tells its owner why; each of these steps may happen again, so that repeating the order
 * finishes what a dead process left. What a call under way issued after that is withdrawn before the account is let in:
 * a hijacker's change of address must not outlive the suspension.
 */
export async function giveStatus(
  office: Office,
  { id, status: before }: StoredAccount,
  { status, reason }: { status: Exclude<AccountStatus, "deleted">; reason?: string | undefined },
): Promise<StoredAccount> {
  const { accounts, sessions, endings, events, oneTime, post } = office;
  if (before === "suspended") await oneTime.withdrawAll(id);
  const account = await changeLiving(accounts, id, (read) => (read.status === status ? undefined : { status }));
  if (status === "suspended") {
    await sessions.endAll(id, "suspension");
    await endings.end([id]);
    await oneTime.withdrawAll(id);
    await post.send(account, { kind: "suspended", reason: reason ?? null }, `suspended:${id}:${account.rev}`);
  }
  if (before !== status)
    await events.note(NOWHERE, id, "statusChanged", { from: before, to: status, ...(reason && { reason }) });
  return account;
}

/** As `changeAccount`, for accounts that nobody deletes meanwhile. */
async function changeLiving(
  accounts: AccountsStore,
  id: string,
  patchOf: Parameters<typeof changeAccount>[2],
): Promise<StoredAccount> {
  const account = await changeAccount(accounts, id, (read) => {
    if (read.status === "deleted") throw UserNotFound();
    return patchOf(read);
  });
  if (!account) throw UserNotFound();
  return account;
}
