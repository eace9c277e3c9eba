import { callerId, type PartHandlers } from "../../../mixins/answer.ts";
import { callersAccount } from "../callers-account.ts";
import type { Office } from "../office.ts";
import { openSession } from "../sign-in/open-session.ts";
import { beginApp, confirmApp, removeApp, renewCodes } from "./authenticator-app.ts";
import { factorsOf, passkeyView } from "./factors.ts";
import { addPasskey, askForNewPasskey, askForPasskey, checkPasskey, removePasskey } from "./passkeys.ts";
import { endPendingSignIn } from "./pending-sign-in.ts";
import { PasskeyRefused, type secondFactorActions } from "./second-factor.contract.ts";
import { requireStepUp, stepUp, steppedUp } from "./step-up.ts";

/** Second factors, passkeys, and proving once more who calls. */
export const secondFactorAnswers = (office: () => Office): PartHandlers<typeof secondFactorActions> => ({
  async secondFactor(answer, ctx) {
    const { account, proofs } = await endPendingSignIn(office(), ctx, answer);
    return openSession(office(), account, ctx, proofs);
  },
  factors: (_params, ctx) => factorsOf(office(), callerId(ctx)),

  async stepUp(proof, ctx) {
    await stepUp(office(), ctx, await callersAccount(office(), ctx), proof);
    return null;
  },
  async passkeyStepUp(brought, ctx) {
    const { account } = await checkPasskey(office(), ctx, brought);
    if (account.id !== callerId(ctx)) throw PasskeyRefused();
    await steppedUp(office(), ctx, account, ["passkey"]);
    return null;
  },

  async enrolTotp(_params, ctx) {
    await requireStepUp(office(), ctx);
    return beginApp(office(), await callersAccount(office(), ctx));
  },
  confirmTotp: async ({ code }, ctx) => ({
    recoveryCodes: await confirmApp(office(), ctx, await callersAccount(office(), ctx), code),
  }),
  async removeTotp(_params, ctx) {
    await requireStepUp(office(), ctx);
    await removeApp(office(), ctx, await callersAccount(office(), ctx));
    return null;
  },
  async renewRecoveryCodes(_params, ctx) {
    await requireStepUp(office(), ctx);
    return { recoveryCodes: await renewCodes(office(), ctx, await callersAccount(office(), ctx)) };
  },

  async passkeyOptions(_params, ctx) {
    await requireStepUp(office(), ctx);
    return askForNewPasskey(office(), await callersAccount(office(), ctx));
  },
  addPasskey: async (brought, ctx) =>
    passkeyView(await addPasskey(office(), ctx, await callersAccount(office(), ctx), brought)),
  async removePasskey({ id }, ctx) {
    await requireStepUp(office(), ctx);
    await removePasskey(office(), ctx, await callersAccount(office(), ctx), id);
    return null;
  },
  passkeyLoginOptions: () => askForPasskey(office()),
  async passkeyLogin(brought, ctx) {
    const { account, passkeyId } = await checkPasskey(office(), ctx, brought);
    return openSession(office(), account, ctx, ["passkey"], passkeyId);
  },
});
