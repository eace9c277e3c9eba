import type { CallContext } from "../../../mixins/answer.ts";
import { InvalidInput } from "../../../mixins/failure.ts";
import type { StoredAccount } from "../accounts.store.ts";
import { callersAccount } from "../callers-account.ts";
import type { Office } from "../office.ts";
import { isSetUp } from "../second-factor/factors.ts";
import { requireStepUp } from "../second-factor/step-up.ts";
import { requirePassword } from "../sign-in/checked-password.ts";
import { InvalidCredentials } from "../sign-in/sign-in.contract.ts";
import { changeWithAftermath } from "./aftermath.ts";
import { hashPassword } from "./password-hash.ts";
import { requireGoodPassword } from "./password-rules.ts";

/**
 * Changes the caller's password, or sets a first one, and ends all sign-ins but the caller's. Throws
 * `INVALID_CREDENTIALS` and `TOO_MANY_ATTEMPTS` for a wrong current one, `STEP_UP_REQUIRED`, and `INVALID_INPUT` for a
 * new one that is easy to guess.
 */
export async function changePassword(
  office: Office,
  ctx: CallContext,
  { currentPassword, password }: { currentPassword?: string | undefined; password: string },
): Promise<void> {
  const account = await callersAccount(office, ctx);
  requireGoodPassword(account, password);
  await requireProof(office, ctx, account, currentPassword);
  const passwordHash = await hashPassword(password);
  const wasChanged = await changeWithAftermath(office, account, {
    ...{ changed: "passwordHash", value: passwordHash, letter: { kind: "passwordChanged" } },
    exceptSessionId: ctx.meta.sessionId,
    // The password that was proved must be the one that is replaced: a reset in the meantime has the last word.
    patchOf: (read) =>
      read.status === "active" && read.passwordHash === account.passwordHash ? { passwordHash } : undefined,
  });
  if (!wasChanged) throw InvalidCredentials();
  await office.events.note(ctx.meta, account.id, "passwordChanged", { by: "owner" });
}

/** The current password, guarded like at sign-in; a step-up where there is none yet or it is not all that is asked for. */
async function requireProof(
  office: Office,
  ctx: CallContext,
  account: StoredAccount,
  currentPassword: string | undefined,
): Promise<void> {
  const asksForCode = isSetUp(await office.secondFactors.authenticator(account.id));
  if (account.passwordHash === null || asksForCode) await requireStepUp(office, ctx);
  if (account.passwordHash === null) return;
  if (currentPassword === undefined) {
    throw InvalidInput({ errors: [{ path: "currentPassword", message: "Your current password" }] });
  }
  await requirePassword(office, ctx, account, currentPassword);
}
