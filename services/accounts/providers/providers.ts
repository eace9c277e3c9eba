import type { Handlers } from "../../../mixins/answer.ts";
import type { Office } from "../office.ts";
import type { providerActions } from "./providers.contract.ts";

export const providerAnswers = (
  _office: () => Office,
): Handlers<{ $name: string; $actions: typeof providerActions }> => ({
  googleAuthorization: notYet,
  googleLogin: notYet,
  kakaoAuthorization: notYet,
  kakaoLogin: notYet,
  identities: notYet,
  linkIdentity: notYet,
  unlinkIdentity: notYet,
});

function notYet(): never {
  throw new Error("Not built yet");
}
