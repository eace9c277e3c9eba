import type { CallContext, CallerMeta } from "../../../mixins/answer.ts";
import type { Work } from "../../../mixins/jobs/jobs.ts";
import { LinkInvalid } from "../account.contract.ts";
import { LINK_LIFE_MS } from "../mails/letters.ts";
import type { Office } from "../office.ts";
import { passwordOf } from "../sign-in/guarded-secrets.ts";
import { forgive } from "../sign-in/login-guard.ts";
import { changeWithAftermath } from "./aftermath.ts";
import { canonicalEmail } from "./email-address.ts";
import { linkTo } from "./link.ts";
import { hashPassword } from "./password-hash.ts";
import { requireGoodPassword } from "./password-rules.ts";

/** Somebody has asked for a new password of whoever has an address. */
export interface ResetRequest {
  email: string;
  place: Pick<CallerMeta, "ip" | "userAgent">;
}

const MINUTE_MS = 60_000;

/**
 * Takes a request down, the same for every address: whether an account has it is looked up later by whoever does the
 * job, so neither the answer nor its time tells. An address is written to once a minute at most, because so long the
 * job's key is remembered.
 */
export async function askForReset({ owed, keyed }: Office, { meta }: CallContext, address: string): Promise<void> {
  const email = canonicalEmail(address);
  const request: ResetRequest = {
    email,
    place: { ...(meta.ip && { ip: meta.ip }), ...(meta.userAgent && { userAgent: meta.userAgent }) },
  };
  // Without our secret nobody finds an address among the keys by trying all.
  await owed.jobs.add("passwordReset", request, {
    key: keyed.resetAddress(email),
  });
}

/** Writes to the address if an active account has it. After a crash it may issue two tokens; one letter goes out. */
export const resetWork = (office: Office): Work<ResetRequest> => ({
  rememberedMs: MINUTE_MS,
  async run({ email, place }, { id: jobId }) {
    const account = await office.accounts.byEmail(email);
    if (account?.status !== "active") return;
    const { id, language } = account;
    const token = await office.oneTime.issue({
      ...{ kind: "resetPassword", accountId: id, data: { email }, lifeMs: LINK_LIFE_MS.resetPassword },
    });
    const link = linkTo(office, "reset-password", token);
    await office.post.send({ email, language }, { kind: "resetPassword", link }, `reset:${jobId}`);
    await office.events.note(place, id, "passwordResetAsked");
  },
});

/**
 * Sets the password that somebody chose with the link of the mail. The mail proved the address, too, so it counts as
 * verified. Passkeys and linked sign-ins go, whoever made them: who resets may have lost control of the account. An
 * authenticator app stays on where the address was verified before; else it may be a stranger's, and goes as well.
 * Throws `LINK_INVALID` and `INVALID_INPUT`; a password that is refused leaves the link good. A crash after the token is
 * spent costs its owner another mail and nothing else.
 */
export async function confirmReset(
  office: Office,
  ctx: CallContext,
  { token, password }: { token: string; password: string },
): Promise<void> {
  const found = await office.oneTime.look("resetPassword", token);
  const account = found && (await office.accounts.byId(found.accountId ?? ""));
  if (account?.status !== "active" || account.email !== found?.data.email) throw LinkInvalid();
  requireGoodPassword(account, password);
  const passwordHash = await hashPassword(password);
  if (!(await office.oneTime.spend("resetPassword", token))) throw LinkInvalid();
  const wasChanged = await changeWithAftermath(office, account, {
    ...{ changed: "passwordHash", value: passwordHash, letter: { kind: "passwordChanged", byLink: true } },
    forgets: account.emailVerifiedAt === null ? "everything" : "waysIn",
    patchOf: (read) =>
      read.status === "active" && read.email === account.email
        ? { passwordHash, emailVerifiedAt: read.emailVerifiedAt ?? new Date(office.clock()).toISOString() }
        : undefined,
  });
  if (!wasChanged) throw LinkInvalid();
  await forgive(office, passwordOf(account, "anywhere"));
  await office.events.note(ctx.meta, account.id, "passwordChanged", { by: "link" });
}
