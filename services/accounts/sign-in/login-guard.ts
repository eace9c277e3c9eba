import type { CallContext } from "../../../mixins/answer.ts";
import { networkOf } from "../../../mixins/ip-network.ts";
import { TooManyAttempts } from "../account.contract.ts";
import type { Office } from "../office.ts";
import { afterFailure, secondsToWait, type FailedAttempts } from "./failed-attempts.ts";
import type { Guarded, Standing } from "./guarded-secrets.ts";

/**
 * Checks a secret under guard: `check` answers something for a right guess and undefined or false for a wrong one, and
 * so does this, after counting the wrong ones per secret and standing and, of guesses from anywhere, per network: members
 * of one network whose slips lock it still sign in where they always do. Throws `TOO_MANY_ATTEMPTS` while either is locked.
 * A right guess clears the secret's count, never the network's: else a guesser would clear it with an account of his
 * own. All nodes count in one store, by compare-and-set.
 *
 *     if (!(await guarded(office, ctx, passwordOf(account, "session"), () => matchesPassword(hash, given)))) throw …;
 */
export async function guarded<T>(
  office: Office,
  ctx: CallContext,
  guess: Guarded,
  check: () => Promise<T | undefined | false>,
): Promise<T | undefined> {
  const secret = digestOf(office, guess);
  const network = guess.from === "anywhere" ? networkDigest(office, ctx) : undefined;
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

const STANDINGS: readonly Standing[] = ["anywhere", "familiarPlace", "session"];

/** Forgets wrong guesses at a secret, from wherever, say because a mail has proved who somebody is. */
export async function forgive(office: Office, guess: Guarded): Promise<void> {
  for (const from of STANDINGS) {
    const memory = await office.signIns.failedAttempts(digestOf(office, { ...guess, from }));
    if (memory) await office.signIns.forgetFailedAttempts(memory);
  }
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
function noteFailure({ events }: Office, ctx: CallContext, { secret, ownerId }: Guarded, memory: FailedAttempts): void {
  const what = memory.lockedUntilMs > 0 ? "signInsLocked" : memory.failures === 1 ? "signInFailed" : undefined;
  const note = async () => {
    const detail = { secret, failures: String(memory.failures) };
    if (what && ownerId !== undefined) await events.note(ctx.meta, ownerId, what, detail);
  };
  setImmediate(() => void note().catch(() => undefined));
}

const digestOf = ({ keyed }: Office, { secret, of, from }: Guarded): string => keyed.guess(`${secret} ${from} ${of}`);

/** Undefined where networks are not counted, and for calls that came from none. A household has an IPv6 /64. */
function networkDigest(office: Office, { meta: { ip } }: CallContext): string | undefined {
  const network = ip === undefined ? undefined : networkOf(ip, { v4: 32, v6: 64 });
  return office.settings.rateLimits && network ? office.keyed.guess(`network ${network}`) : undefined;
}
