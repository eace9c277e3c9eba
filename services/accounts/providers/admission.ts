import type { AccountStatus } from "../account.contract.ts";

/** The account that has the e-mail address which a provider vouches for. */
export interface Holder {
  status: AccountStatus;
  emailVerified: boolean;
  /** A password, a passkey or somebody at a provider opens it. */
  isOpenable: boolean;
}

interface Newcomer {
  /** The provider says so, of an address that we understand. */
  emailVerified: boolean;
  holder: Holder | undefined;
}

/** What follows for somebody at a provider who is not known here. */
export type Admission = "unverified" | "newAccount" | "accountExists" | "suspended" | "link";

/**
 * An e-mail address alone opens no account that has another way in: whoever registered it first, verified or not, is
 * neither let in by the provider's owner of the address nor takes them over, and a provider that a member has taken off
 * stays off. It opens an account that nothing else opens and whose address is verified: one that was made a moment ago, or
 * that a crash left before its provider was linked.
 */
export function admission({ emailVerified, holder }: Newcomer): Admission {
  if (!emailVerified) return "unverified";
  if (!holder) return "newAccount";
  if (holder.isOpenable || !holder.emailVerified) return "accountExists";
  return holder.status === "active" ? "link" : "suspended";
}
