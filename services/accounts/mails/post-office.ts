import type { Jobs, Work } from "../../../mixins/jobs/jobs.ts";
import { Hopeless } from "../../../mixins/jobs/jobs.ts";
import { MailNotSent, type Mailer } from "../../../mixins/mail/mailer.ts";
import type { Language } from "../account.contract.ts";
import { worthlessFromMs, type Letter } from "./letters.ts";
import { written } from "./written.ts";

/** Sends letters by and by; what was taken over is not lost by a crash. */
export interface PostOffice {
  /** Takes a letter over, if there is an address. With a key it is taken once, however often it is brought. */
  send(to: { email: string | null; language: Language }, letter: Letter, key?: string): Promise<void>;
}

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
  async send({ email, language }, letter, key) {
    if (email === null) return;
    await jobs.add("letter", { email, language, letter, writtenAtMs: clock() }, { key });
  },
});

/** For about two days (RFC 5321 §4.5.4.1 asks for no less than some days' patience with a server that is away). */
const PATIENCE = { firstPauseMs: 2000, longestPauseMs: 15 * 60_000, mostTries: 200 };

/** Fewer than a process has hands: while a mail server hangs, what must follow a new password goes on. */
const MOST_AT_ONCE = 3;

/** Sends what the post office has taken over. A letter that is sent twice after a crash is one mail to its receiver. */
export const letterWork = (mailer: Mailer, clock: () => number): Work<Envelope> => ({
  patience: PATIENCE,
  mostAtOnce: MOST_AT_ONCE,
  async run({ email, language, letter, writtenAtMs }, { id }) {
    const endMs = worthlessFromMs(letter, writtenAtMs);
    if (endMs !== undefined && endMs <= clock()) throw new Hopeless("LINK_EXPIRED");
    try {
      await mailer.send({ ...written(language, letter), to: email, id });
    } catch (error) {
      if (error instanceof MailNotSent && error.isFinal) throw new Hopeless(error.type);
      throw error;
    }
  },
});
