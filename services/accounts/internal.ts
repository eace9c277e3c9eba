import type { Handlers } from "../../mixins/answer.ts";
import type { internalActions } from "./accounts.contract.ts";
import type { Office } from "./office.ts";

/** What other services ask. */
export const internalAnswers = (
  _office: () => Office,
): Handlers<{ $name: string; $actions: typeof internalActions }> => ({
  personalData: notYet,
  mailTo: notYet,
});

function notYet(): never {
  throw new Error("Not built yet");
}
