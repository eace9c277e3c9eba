import { createHash } from "node:crypto";
import { uuidv7 } from "uuidv7";
import type { Work } from "../../../mixins/jobs/jobs.ts";
import { changeAccount, type AccountFields, type StoredAccount } from "../accounts.store.ts";
import type { Letter } from "../mails/letters.ts";
import type { Addressee } from "../mails/post-office.ts";
import type { Office } from "../office.ts";
import { forgetOtherWays, type Forgotten } from "./other-ways.ts";

/** What follows from a new password or a new address. */
export interface Aftermath {
  id: string;
  accountId: string;
  changed: "passwordHash" | "email";
  /** Digest of the new value: nothing follows from a change that did not come about. */
  digest: string;
  /** What was begun, issued or made after this moment is by the new password or address; Unix milliseconds. */
  begunUpToMs: number;
  /** The sign-in that stays. */
  exceptSessionId: string | undefined;
  letter: Letter;
  /** The address before the change. */
  letterTo: Addressee;
  /** What else goes that was set up until then. */
  forgets: Forgotten | undefined;
}

interface ChangeOrder {
  changed: Aftermath["changed"];
  /** Undefined from it: the account is not what it was taken for, and stays as it is. */
  patchOf: (read: StoredAccount) => Partial<AccountFields> | undefined;
  value: string;
  letter: Letter;
  exceptSessionId?: string | undefined;
  forgets?: Forgotten;
}

/** Time enough for the process that makes the change to see to it itself. */
const LATER_MS = 5000;
const digestOf = (value: string | null) =>
  createHash("sha256")
    .update(value ?? "")
    .digest("base64url");

/**
 * Changes a password or an address with all that follows: other sign-ins end, links of before lose their worth, a letter
 * goes to the address of before. What follows is owed before the change is written and done right after it, so that it
 * is made up for when this process is killed in between; done twice it is done once. (A sign-in that somebody begins with
 * the old password in the milliseconds between the two writes outlives such a crash; it does not outlive a good end.)
 * False when `patchOf` refused.
 */
export async function changeWithAftermath(
  office: Office,
  account: StoredAccount,
  order: ChangeOrder,
): Promise<boolean> {
  const { changed, patchOf, value, letter, exceptSessionId, forgets } = order;
  const { email, language } = account;
  // Where it forgets something, a mail has just proved the address.
  const emailVerifiedAt = forgets ? new Date(office.clock()).toISOString() : account.emailVerifiedAt;
  const aftermath: Aftermath = {
    ...{ id: uuidv7(), accountId: account.id, changed, digest: digestOf(value) },
    ...{ begunUpToMs: office.clock(), exceptSessionId, letter, forgets },
    letterTo: { email, language, emailVerifiedAt },
  };
  await office.owed.jobs.add("aftermath", aftermath, { key: aftermath.id, runAtMs: office.clock() + LATER_MS });
  const now = await changeAccount(office.accounts, account.id, patchOf);
  if (!now || now[changed] !== value) return false;
  await seeTo(office, { ...aftermath, begunUpToMs: Infinity });
  await office.owed.jobs.takeBack("aftermath", aftermath.id);
  return true;
}

async function seeTo(office: Office, aftermath: Aftermath): Promise<void> {
  const { id, accountId, changed, begunUpToMs, exceptSessionId, forgets, letter, letterTo } = aftermath;
  const { sessions, oneTime, post } = office;
  const kinds = ["resetPassword", "changeEmail", "pendingSignIn"] as const;
  await Promise.all(kinds.map((kind) => oneTime.withdraw(kind, accountId, begunUpToMs)));
  if (changed === "email") await oneTime.withdraw("verifyEmail", accountId, begunUpToMs);
  const endedBy = changed === "email" ? "emailChange" : "passwordChange";
  const endOthers = async () => {
    const others = (await sessions.liveOf(accountId)).filter(
      (session) => session.id !== exceptSessionId && session.startedAtMs <= begunUpToMs,
    );
    await Promise.all(others.map((session) => sessions.end(session.id, endedBy)));
  };
  // Ways in go before the sign-ins, else somebody comes in by one after these were looked for; and once more, because
  // a sign-in may have added one just before it ended. Those that have ended add none.
  for (let round = 1; round <= 2 && forgets; round += 1) {
    await forgetOtherWays(office, accountId, forgets, begunUpToMs);
    await endOthers();
  }
  if (!forgets) await endOthers();
  await post.send(letterTo, letter, `aftermath:${id}`);
}

/** Makes up for what a killed process left; everybody else has seen to it and taken the job back. */
export const aftermathWork = (office: Office): Work<Aftermath> => ({
  async run(aftermath) {
    const account = await office.accounts.byId(aftermath.accountId);
    if (account && digestOf(account[aftermath.changed]) === aftermath.digest) await seeTo(office, aftermath);
  },
});
