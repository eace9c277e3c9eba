import type { Handlers } from "../../../mixins/answer.ts";
import type { Office } from "../office.ts";
import type { secondFactorActions } from "./second-factor.contract.ts";

export const secondFactorAnswers = (
  _office: () => Office,
): Handlers<{ $name: string; $actions: typeof secondFactorActions }> => ({
  secondFactor: notYet,
  factors: notYet,
  stepUp: notYet,
  enrolTotp: notYet,
  confirmTotp: notYet,
  removeTotp: notYet,
  renewRecoveryCodes: notYet,
  passkeyOptions: notYet,
  addPasskey: notYet,
  removePasskey: notYet,
  passkeyLoginOptions: notYet,
  passkeyLogin: notYet,
  passkeyStepUp: notYet,
});

function notYet(): never {
  throw new Error("Not built yet");
}
