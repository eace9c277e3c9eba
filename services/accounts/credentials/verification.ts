import type { CallContext } from "../../../mixins/answer.ts";
import type { Work } from "../../../mixins/jobs/jobs.ts";
import { InvalidInput } from "../../../mixins/failure.ts";
import { EmailTaken, LinkInvalid } from "../account.contract.ts";
import { changeAccount, type StoredAccount } from "../accounts.store.ts";
import { callersAccount } from "../callers-account.ts";
import { LINK_LIFE_MS } from "../mails/letters.ts";
import type { Office } from "../office.ts";
import type { Spent } from "../one-time.ts";
import { requireStepUp } from "../second-factor/step-up.ts";
import { changeWithAftermath } from "./aftermath.ts";
import { canonicalEmail } from "./email-address.ts";
import { linkTo } from "./link.ts";
import { passwordMark } from "./password-mark.ts";

const MINUTE_MS = 60_000;

/**
 * Has the mail sent that proves an account's address, once a minute at most; nothing is sent to an address that is
 * proved, or to none. Call it after a registration, too.
 */
export async function sendVerification({ owed }: Office, { id, email }: StoredAccount): Promise<void> {
  if (email === null) return;
  await owed.jobs.add("verification", { accountId: id }, { key: id });
}

/** After a crash it may issue two tokens; one letter goes out. */
export const verificationWork = (office: Office): Work<{ accountId: string }> => ({
  rememberedMs: MINUTE_MS,
  async run({ accountId }, { id: jobId }) {
    const account = await office.accounts.byId(accountId);
    if (account?.status !== "active" || account.email === null || account.emailVerifiedAt !== null) return;
    const { email, language } = account;
    const token = await office.oneTime.issue({
      ...{ kind: "verifyEmail", accountId, data: { email }, lifeMs: LINK_LIFE_MS.verifyEmail },
    });
    const link = linkTo(office, "verify-email", token);
    await office.post.send({ email, language }, { kind: "verifyEmail", link }, `verify:${jobId}`);
  },
});

/** What a link to a new address is about. */
type AddressWish = Record<"to" | "passwordMark", string> & Record<"from" | "sessionId", string | null>;

/**
 * Sends a link to the address that the caller's account is to have; it has it once the link is followed. Throws
 * `STEP_UP_REQUIRED`, `EMAIL_TAKEN`, and `INVALID_INPUT` for the address that it has.
 */
export async function askForEmailChange(office: Office, ctx: CallContext, address: string): Promise<void> {
  await requireStepUp(office, ctx);
  const account = await callersAccount(office, ctx);
  const email = canonicalEmail(address);
  if (email === account.email) {
    throw InvalidInput({ errors: [{ path: "email", message: "Another address than the one you have" }] });
  }
  if (await office.accounts.byEmail(email)) throw EmailTaken();
  // The latest wish counts.
  await office.oneTime.withdraw("changeEmail", account.id);
  const token = await office.oneTime.issue({
    ...{ kind: "changeEmail", accountId: account.id, lifeMs: LINK_LIFE_MS.changeEmail },
    data: {
      from: account.email,
      to: email,
      sessionId: ctx.meta.sessionId ?? null,
      passwordMark: passwordMark(account),
    },
  });
  const link = linkTo(office, "change-email", token);
  await office.post.send({ email, language: account.language }, { kind: "changeEmail", link });
  await office.events.note(ctx.meta, account.id, "emailChangeAsked");
}

/**
 * Proves an address by the token of the mail that went there. Throws `LINK_INVALID` when it is spent, expired or about
 * an address that is not the account's any more, and `EMAIL_TAKEN`: the unique key decides who of two is first.
 */
export async function proveEmail(office: Office, ctx: CallContext, token: string): Promise<void> {
  const verification = await office.oneTime.look("verifyEmail", token);
  if (verification) return confirmEmail(office, ctx, verification, token);
  const change = await office.oneTime.look("changeEmail", token);
  if (change) return replaceEmail(office, ctx, change, token);
  throw LinkInvalid();
}

/** The token is spent last: whoever is killed before tries again, and proving twice changes nothing. */
async function confirmEmail(office: Office, ctx: CallContext, { accountId, data }: Spent, token: string) {
  let isNew = false;
  const account = await changeAccount(office.accounts, accountId ?? "", (read) => {
    isNew = isOf(read, data.email) && read.emailVerifiedAt === null;
    return isNew ? { emailVerifiedAt: new Date(office.clock()).toISOString() } : undefined;
  });
  await office.oneTime.spend("verifyEmail", token);
  if (!account || !isOf(account, data.email)) throw LinkInvalid();
  if (isNew) await office.events.note(ctx.meta, account.id, "emailVerified");
}

const isOf = ({ status, email }: StoredAccount, address: unknown) => status === "active" && email === address;

/**
 * The account's address before is part of the compare-and-set, so the token is worth one change however often it comes;
 * and so is the password that it was asked under: whoever changes that has not asked for this.
 */
async function replaceEmail(office: Office, ctx: CallContext, { accountId, data }: Spent, token: string) {
  const account = await office.accounts.byId(accountId ?? "");
  const { from, to, sessionId, passwordMark: mark } = data as unknown as AddressWish;
  const isAsked = (read: StoredAccount) => isOf(read, from) && passwordMark(read) === mark;
  const emailVerifiedAt = new Date(office.clock()).toISOString();
  const wasChanged =
    account !== undefined &&
    isAsked(account) &&
    (await changeWithAftermath(office, account, {
      ...{ changed: "email", value: to, letter: { kind: "emailChanged", newEmail: to } },
      exceptSessionId: sessionId ?? undefined,
      patchOf: (read) => (isAsked(read) ? { email: to, emailVerifiedAt } : undefined),
    }));
  await office.oneTime.spend("changeEmail", token);
  if (!wasChanged) throw LinkInvalid();
  await office.events.note(ctx.meta, account.id, "emailChanged");
}
