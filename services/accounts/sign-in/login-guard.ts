import type { CallContext } from "../../../mixins/answer.ts";
import { networkOf } from "../../../mixins/ip-network.ts";
import { TooManyAttempts } from "../account.contract.ts";
import type { StoredAccount } from "../accounts.store.ts";
import type { Office } from "../office.ts";
import { afterFailure, secondsToWait, type FailedAttempts } from "./failed-attempts.ts";

/** A secret that somebody may try to guess; wrong guesses at one are counted apart from those at another. */
export interface Guarded {
  secret: "password" | "secondFactor";
  /** Whose: a canonical e-mail address, whether an account has it or not, or an account's id. */
  of: string;
  /** The account whose event log tells of failures, asked when one has happened; undefined for nobody's address. */
  owner: () => Promise<string | undefined> | string | undefined;
}

/** The password of an account: at sign-in, at a step-up and at its change all wrong guesses count together. */
export const passwordOf = ({ email, id }: Pick<StoredAccount, "email" | "id">): Guarded => ({
  secret: "password",
  of: email ?? id,
  owner: () => id,
});

/**
 * The codes of an account: counted apart from its password, or who knows that could clear the count of wrong codes by
 * signing in with it.
 */
export const secondFactorOf = ({ id }: Pick<StoredAccount, "id">): Guarded => ({
  secret: "secondFactor",
  of: id,
  owner: () => id,
});

/**
 * Checks a secret under guard: `check` answers something for a right guess and undefined or false for a wrong one, and
 * so does this, after counting the wrong ones per secret and per network. Throws `TOO_MANY_ATTEMPTS` while either is
 * locked. A right guess clears the secret's count, never the network's: else a guesser would clear it with an account
 * of his own. All nodes count in one store, by compare-and-set.
 *
 *     if (!(await guarded(office, ctx, passwordOf(account), () => matchesPassword(hash, given)))) throw …;
 */
export async function guarded<T>(
  office: Office,
  ctx: CallContext,
  guess: Guarded,
  check: () => Promise<T | undefined | false>,
): Promise<T | undefined> {
  const secret = digestOf(office, guess);
  const network = networkDigest(office, ctx);
  const counted = network === undefined ? [secret] : [network, secret];
  await refuseWhileLocked(office, ...counted);
  const right = await check();
  if (right === undefined || right === false) {
    // The network first: who is sent away there leaves no mark on other people's accounts.
    if (network !== undefined) await countFailure(office, network);
    noteFailure(office, ctx, guess, await countFailure(office, secret));
    return undefined;
  }
  // Again, or guesses sent all at once would each be judged by the count before the first of them failed.
  if (network !== undefined) await refuseWhileLocked(office, network);
  await clear(office, secret);
  return right;
}

/** Forgets wrong guesses, say because a mail has proved who somebody is. */
export async function forgive(office: Office, guess: Guarded): Promise<void> {
  const memory = await office.signIns.failedAttempts(digestOf(office, guess));
  if (memory) await office.signIns.forgetFailedAttempts(memory);
}

/** Whether guesses at a secret are refused at the moment. */
export async function isLocked(office: Office, guess: Guarded): Promise<boolean> {
  return secondsToWait(await office.signIns.failedAttempts(digestOf(office, guess)), office.clock()) > 0;
}

/** What is remembered of the first; all of them must be open. */
async function refuseWhileLocked({ signIns, clock }: Office, ...abouts: string[]) {
  const memories = await Promise.all(abouts.map((about) => signIns.failedAttempts(about)));
  const retryAfterSeconds = Math.max(...memories.map((memory) => secondsToWait(memory, clock())));
  if (retryAfterSeconds > 0) throw TooManyAttempts({ retryAfterSeconds });
  return memories[0];
}

/** Ends soon, however many fail at once: each round counts one of them, and the fifth sends all others away. */
async function countFailure(office: Office, about: string): Promise<FailedAttempts> {
  for (;;) {
    const memory = await refuseWhileLocked(office, about);
    const next = afterFailure(memory, office.clock());
    if (await office.signIns.replaceFailedAttempts(about, memory, next)) return next;
  }
}

/** Forgets the failures that were read to be no lock, and none that were counted since. */
async function clear(office: Office, about: string): Promise<void> {
  for (;;) {
    const memory = await refuseWhileLocked(office, about);
    if (!memory || (await office.signIns.forgetFailedAttempts(memory))) return;
  }
}

/**
 * Notes the first failure of a row and each lock, so nobody can fill a log by failing. It is done when the answer is on
 * its way, or the answer for an address that has an account would come later than for others; a crash may lose it.
 */
function noteFailure({ events }: Office, ctx: CallContext, { secret, owner }: Guarded, memory: FailedAttempts): void {
  const what = memory.lockedUntilMs > 0 ? "signInsLocked" : memory.failures === 1 ? "signInFailed" : undefined;
  const note = async () => {
    const accountId = await owner();
    const detail = { secret, failures: String(memory.failures) };
    if (what && accountId !== undefined) await events.note(ctx.meta, accountId, what, detail);
  };
  setImmediate(() => void note().catch(() => undefined));
}

const digestOf = ({ keyed }: Office, { secret, of }: Guarded): string => keyed.guess(`${secret} ${of}`);

/** Undefined where networks are not counted, and for calls that came from none. A household has an IPv6 /64. */
function networkDigest(office: Office, { meta: { ip } }: CallContext): string | undefined {
  const network = ip === undefined ? undefined : networkOf(ip, { v4: 32, v6: 64 });
  return office.settings.rateLimits && network ? office.keyed.guess(`network ${network}`) : undefined;
}
