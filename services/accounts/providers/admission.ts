import type { AccountStatus } from "../account.contract.ts";

/** The account that has the e-mail address which a provider vouches for. */
export interface Holder {
  status: AccountStatus;
  hasPassword: boolean;
  emailVerified: boolean;
  /** Somebody else at the same provider is linked to it. */
  hasOtherIdentity: boolean;
}

interface Newcomer {
  /** The provider says so, of an address that we understand. */
  emailVerified: boolean;
  holder: Holder | undefined;
}

/** What follows for somebody at a provider who is not known here. */
export type Admission = "unverified" | "newAccount" | "accountExists" | "suspended" | "link";

/**
 * An e-mail address alone opens no account that has another way in: whoever registered it first with a password, verified
 * or not, is neither let in by the provider's owner of the address nor takes them over. It opens an account that nobody
 * has a password for, whose address is verified, and which has no identity of that provider: one that was made by another
 * provider, or by this one a moment ago.
 */
export function admission({ emailVerified, holder }: Newcomer): Admission {
  if (!emailVerified) return "unverified";
  if (!holder) return "newAccount";
  if (holder.hasPassword || !holder.emailVerified || holder.hasOtherIdentity) return "accountExists";
  return holder.status === "active" ? "link" : "suspended";
}
