import { callerId, type PartHandlers } from "../../../mixins/answer.ts";
import type { Office } from "../office.ts";
import { requireStepUp } from "../second-factor/step-up.ts";
import { beginAuthorization } from "./authorization.ts";
import { identityView, linkIdentity, unlinkIdentity } from "./linking.ts";
import type { providerActions } from "./providers.contract.ts";
import { signInBy } from "./signing-in.ts";

/** Signing in by somebody who vouches for people, and which of them vouch for a member. */
export const providerAnswers = (office: () => Office): PartHandlers<typeof providerActions> => ({
  googleAuthorization: ({ redirectUri }, ctx) =>
    beginAuthorization(office(), "google", redirectUri, ctx.meta.accountId),
  googleLogin: (brought, ctx) => signInBy(office(), "google", brought, ctx),
  kakaoAuthorization: ({ redirectUri }, ctx) => beginAuthorization(office(), "kakao", redirectUri, ctx.meta.accountId),
  kakaoLogin: (brought, ctx) => signInBy(office(), "kakao", brought, ctx),
  async identities(_params, ctx) {
    return { identities: (await office().identities.of(callerId(ctx))).map(identityView) };
  },
  async linkIdentity({ provider, ...brought }, ctx) {
    await requireStepUp(office(), ctx);
    return identityView(await linkIdentity(office(), provider, brought, ctx));
  },
  async unlinkIdentity({ provider }, ctx) {
    await requireStepUp(office(), ctx);
    await unlinkIdentity(office(), provider, ctx);
    return null;
  },
});
