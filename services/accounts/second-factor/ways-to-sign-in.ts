import { setTimeout as pause } from "node:timers/promises";
import { acquireLease, type Lease } from "../../../mixins/lease.ts";
import type { StoredAccount } from "../accounts.store.ts";
import type { Office } from "../office.ts";
import type { ProviderName } from "../providers/providers.contract.ts";
import { LastSignInMethod } from "./second-factor.contract.ts";

/** What somebody could sign in by. Codes are none: they only follow one. */
export interface WaysToSignIn {
  password: boolean;
  passkeys: number;
  /** Those that are linked. */
  providers: ProviderName[];
}

export async function waysToSignIn(office: Office, account: StoredAccount): Promise<WaysToSignIn> {
  const [passkeys, identities] = await Promise.all([
    office.secondFactors.passkeysOf(account.id),
    office.identities.of(account.id),
  ]);
  const providers = identities.map(({ provider }) => provider);
  // One signs in by address and password: without an address (a provider gave none) a password opens nothing.
  const password = account.passwordHash !== null && account.email !== null;
  return { password, passkeys: passkeys.length, providers };
}

const countOf = ({ password, passkeys, providers }: WaysToSignIn) => Number(password) + passkeys + providers.length;

/** Far longer than a removal takes; after a crash in the middle of one it is so long until the next can be made. */
const LEASE_MS = 5000;
const PAUSE_MS = 25;

/**
 * Takes one way to sign in away, never the last one. Throws `LAST_SIGN_IN_METHOD`. Ways stand in several collections,
 * so those who take one from the same account at once do it one after the other, by lease: each counts what the other
 * has left.
 */
export async function takeWayAway<T>(office: Office, account: StoredAccount, take: () => Promise<T>): Promise<T> {
  const lease = await leaseFor(office, account);
  try {
    if (countOf(await waysToSignIn(office, account)) <= 1) throw LastSignInMethod();
    if (!lease.held()) throw new Error("Counting the ways to sign in took longer than the lease");
    return await take();
  } finally {
    await lease.release();
  }
}

/** Accounts share a few leases, so that none has to be kept for each. */
async function leaseFor({ leases, clock: now }: Office, { id, handle: holder }: StoredAccount): Promise<Lease> {
  for (;;) {
    const lease = await acquireLease(leases, `ways to sign in ${id.slice(-2)}`, { holder, lengthMs: LEASE_MS, now });
    if (lease) return lease;
    await pause(PAUSE_MS);
  }
}
