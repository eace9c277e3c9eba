import type { PartHandlers } from "../../../mixins/answer.ts";
import { callersAccount } from "../callers-account.ts";
import type { Office } from "../office.ts";
import type { credentialActions } from "./credentials.contract.ts";
import { linkPage } from "./link-page.ts";
import { changePassword } from "./password-change.ts";
import { askForReset, confirmReset } from "./password-reset.ts";
import { askForEmailChange, proveEmail, sendVerification } from "./verification.ts";

/** Passwords and addresses: proved, changed, and given back to who forgot. */
export const credentialAnswers = (office: () => Office): PartHandlers<typeof credentialActions> => ({
  async resetPassword({ email }, ctx) {
    await askForReset(office(), ctx, email);
    return {};
  },
  async confirmReset(given, ctx) {
    await confirmReset(office(), ctx, given);
    return null;
  },
  async changePassword(given, ctx) {
    await changePassword(office(), ctx, given);
    return null;
  },
  async verifyEmail({ token }, ctx) {
    await proveEmail(office(), ctx, token);
    return null;
  },
  async sendVerification(_params, ctx) {
    await sendVerification(office(), await callersAccount(office(), ctx));
    return {};
  },
  async changeEmail({ email }, ctx) {
    await askForEmailChange(office(), ctx, email);
    return {};
  },
  linkPage(_params, ctx) {
    const { html, headers } = linkPage();
    ctx.meta.$responseHeaders = headers;
    return html;
  },
});
