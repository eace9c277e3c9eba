import type { PartHandlers } from "../../mixins/answer.ts";
import { AddressNotVerified, type internalActions } from "./accounts.contract.ts";
import { callersAccount } from "./callers-account.ts";
import type { Office } from "./office.ts";
import { heldData } from "./profiles/held-data.ts";
import { requireStepUp } from "./second-factor/step-up.ts";

/** What other services ask. */
export const internalAnswers = (office: () => Office): PartHandlers<typeof internalActions> => ({
  personalData: ({ accountId, cursor }) => heldData(office(), accountId, cursor),
  async approveExport(_params, ctx) {
    await requireStepUp(office(), ctx);
    const account = await callersAccount(office(), ctx);
    // The link in the mail opens all of it: nobody but the owner may get that.
    if (!account.email || !account.emailVerifiedAt) throw AddressNotVerified();
    await office().events.note(ctx.meta, account.id, "exportAsked");
    return null;
  },
  async mailTo({ accountId, key, letter }) {
    const account = await office().accounts.byId(accountId);
    if (!account?.email) return { language: null };
    await office().post.send(account, letter, key);
    return { language: account.language };
  },
});
