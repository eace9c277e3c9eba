import type { Handlers } from "../../../mixins/answer.ts";
import type { Office } from "../office.ts";
import type { credentialActions } from "./credentials.contract.ts";

export const credentialAnswers = (
  _office: () => Office,
): Handlers<{ $name: string; $actions: typeof credentialActions }> => ({
  resetPassword: notYet,
  confirmReset: notYet,
  changePassword: notYet,
  verifyEmail: notYet,
  sendVerification: notYet,
  changeEmail: notYet,
  linkPage: notYet,
});

function notYet(): never {
  throw new Error("Not built yet");
}
