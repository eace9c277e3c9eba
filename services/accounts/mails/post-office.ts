import type { Jobs, Work } from "../../../mixins/jobs/jobs.ts";
import { Hopeless } from "../../../mixins/jobs/jobs.ts";
import { MailNotSent, type Mailer } from "../../../mixins/mail/mailer.ts";
import type { Language } from "../account.contract.ts";
import type { LetterCounts } from "./letter-counts.ts";
import { worthlessFromMs, type Letter } from "./letters.ts";
import { written } from "./written.ts";

/** Sends letters by and by; what was taken over is not lost by a crash. */
export interface PostOffice {
  /**
   * Takes a letter over, if there is an address, and it is proved or the letter one that may go to others, too. With a
   * key it is taken once, however often it is brought.
   */
  send(to: Addressee, letter: Letter, key?: string): Promise<void>;
}

export interface Addressee {
  email: string | null;
  language: Language;
  /** Without it the address is unproven: it may be a stranger's, who must not be written to about what others do. */
  emailVerifiedAt?: string | null | undefined;
}

/** These go to whoever has the address: they prove it, or tell that an account has left it. */
const FOR_UNPROVEN: ReadonlySet<Letter["kind"]> = new Set([
  "verifyEmail",
  "resetPassword",
  "changeEmail",
  "emailChanged",
]);

/** What is kept of a letter until it has left: its link opens an account, its address is a person's. */
interface Envelope {
  email: string;
  language: Language;
  letter: Letter;
  writtenAtMs: number;
}

/** Jobs that send letters: kind → payload. */
export interface LetterJobs {
  letter: Envelope;
}

/**
 * A letter becomes a job in our own store before `send` answers; nothing of it is left there once it has been sent or
 * given up. `clock` tells Unix milliseconds.
 */
export const postOffice = (jobs: Pick<Jobs<LetterJobs>, "add">, clock: () => number): PostOffice => ({
  async send({ email, language, emailVerifiedAt = null }, letter, key) {
    if (email === null || (emailVerifiedAt === null && !FOR_UNPROVEN.has(letter.kind))) return;
    await jobs.add("letter", { email, language, letter, writtenAtMs: clock() }, { key });
  },
});

/** For about two days (RFC 5321 §4.5.4.1 asks for no less than some days' patience with a server that is away). */
const PATIENCE = { firstPauseMs: 2000, longestPauseMs: 15 * 60_000, mostTries: 200 };

/** Fewer than a process has hands: while a mail server hangs, what must follow a new password goes on. */
const MOST_AT_ONCE = 3;

/**
 * Sends what the post office has taken over. A letter that is sent twice after a crash is one mail to its receiver. What
 * is more than an address gets of a kind in a day is dropped. Only a first try counts, or those that wait for a server
 * would crowd each other out; a crash in the middle of it lets one letter more pass.
 */
export const letterWork = (mailer: Mailer, counts: LetterCounts, clock: () => number): Work<Envelope> => ({
  patience: PATIENCE,
  mostAtOnce: MOST_AT_ONCE,
  async run({ email, language, letter, writtenAtMs }, { id, tries }) {
    const endMs = worthlessFromMs(letter, writtenAtMs);
    if (endMs !== undefined && endMs <= clock()) throw new Hopeless("LINK_EXPIRED");
    if (tries === 1 && !(await counts.count(email, letter.kind))) throw new Hopeless("TOO_MANY_OF_A_KIND");
    try {
      await mailer.send({ ...written(language, letter), to: email, id });
    } catch (error) {
      if (error instanceof MailNotSent && error.isFinal) throw new Hopeless(error.type);
      throw error;
    }
  },
});
