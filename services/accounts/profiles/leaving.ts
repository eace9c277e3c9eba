import type { CallerMeta } from "../../../mixins/answer.ts";
import { AccountDeleted } from "../accounts.contract.ts";
import { changeAccount, type AccountFields, type StoredAccount } from "../accounts.store.ts";
import type { Office } from "../office.ts";
import { forgetIdentities } from "../providers/linking.ts";
import { forgetFactors } from "../second-factor/factors.ts";
import { huskHandle } from "./handle.ts";
import { NOTHING_TOLD } from "./profile-edits.ts";

/**
 * Takes the person out of an account. One write empties it, frees its e-mail and handle and carries the fact of it;
 * what else is kept of the person goes by `finishLeaving`, which that fact brings about however this process ends. The
 * sign-ins end here as well, because their owner expects them to be over with the answer.
 */
export async function deleteAccount(office: Office, { id }: StoredAccount, caller: CallerMeta): Promise<void> {
  const left = await changeAccount(
    office.accounts,
    id,
    (read) => (read.status === "deleted" ? undefined : huskOf(read)),
    () => [AccountDeleted({ accountId: id })],
  );
  // Who deleted it may be an admin: where they were is theirs.
  const byWhom = caller.accountId === id ? "owner" : "staff";
  if (left) await office.events.note({}, id, "deleted", { by: byWhom });
  await endSignIns(office, id);
}

const huskOf = ({ email, emailVerifiedAt, language }: StoredAccount): Partial<AccountFields> => ({
  ...NOTHING_TOLD,
  ...{ email: null, emailVerifiedAt: null, passwordHash: null, isPublic: false, role: "member", status: "deleted" },
  handle: huskHandle(),
  farewell: email === null || emailVerifiedAt === null ? null : { email, language, emailVerifiedAt },
});

/**
 * What follows from a deletion. Every step may happen again and none needs another, so whoever is killed on the way is
 * made up for by the next delivery of the fact. The old address is kept for the last letter until the post has it.
 */
export async function finishLeaving(office: Office, accountId: string): Promise<void> {
  await endSignIns(office, accountId);
  await Promise.all([
    office.oneTime.withdrawAll(accountId),
    forgetFactors(office, accountId),
    forgetIdentities(office, accountId),
    office.accounts.formerHandles.forget(accountId),
    office.devices.forget(accountId),
    office.events.forgetPlaces(accountId),
    office.signIns.forgetPlaces(accountId),
  ]);
  const farewell = (await office.accounts.byId(accountId))?.farewell;
  if (!farewell) return;
  await office.post.send(farewell, { kind: "deleted" }, `deleted:${accountId}`);
  await changeAccount(office.accounts, accountId, (read) => (read.farewell ? { farewell: null } : undefined));
}

async function endSignIns({ sessions, endings }: Office, accountId: string): Promise<void> {
  await sessions.endAll(accountId, "deletion");
  await endings.end([accountId]);
}
