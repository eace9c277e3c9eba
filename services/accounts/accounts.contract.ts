import { z } from "zod";
import { actions, contract, fact, NoContent } from "../../mixins/contract.ts";
import { personalData } from "../../mixins/personal-data.ts";
import { AccountId, AddressNotVerified, Language, StepUpRequired } from "./account.contract.ts";
import { credentialActions } from "./credentials/credentials.contract.ts";
import { profileActions } from "./profiles/profiles.contract.ts";
import { providerActions } from "./providers/providers.contract.ts";
import { secondFactorActions } from "./second-factor/second-factor.contract.ts";
import { signInActions } from "./sign-in/sign-in.contract.ts";

export * from "./account.contract.ts";

/** What other services may ask and nobody else. */
export const internalActions = actions({
  personalData: personalData("What accounts hold about a member: profile, sign-ins, events, devices"),
  approveExport: {
    summary: "Refuses unless the caller proved lately who they are and has a verified address; notes what they ask",
    params: z.strictObject({}),
    result: NoContent,
    failures: [StepUpRequired, AddressNotVerified],
  },
  mailTo: {
    summary: "Sends a letter to a member, in the member's language; once per key",
    idempotent: true,
    params: z.strictObject({
      accountId: AccountId,
      /** A letter of one key is sent once, however often it is asked for. */
      key: z.string().min(1).max(200),
      letter: z.strictObject({ kind: z.literal("exportReady"), link: z.string(), expiresAt: z.string() }),
    }),
    result: z.strictObject({ language: Language.nullable() }),
  },
});

/** Who somebody is, and for how long we believe it; one folder per part. */
export const Accounts = contract("accounts", {
  ...signInActions,
  ...credentialActions,
  ...secondFactorActions,
  ...providerActions,
  ...profileActions,
  ...internalActions,
});

/** A member is gone for good: whoever holds something of theirs takes the person out of it. */
export const AccountDeleted = fact("accounts.deleted", z.strictObject({ accountId: AccountId }), {
  orderedBy: ({ accountId }) => accountId,
});
