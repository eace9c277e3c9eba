import path from "node:path";
import type { ServiceBroker } from "moleculer";
import type { OpenCollection } from "../../mixins/collection/collection.ts";
import { openJobs, type Jobs } from "../../mixins/jobs/jobs.ts";
import { openMailer } from "../../mixins/mail/mailer.ts";
import { sealing } from "../../mixins/sealing.ts";
import { aftermathWork, type Aftermath } from "./credentials/aftermath.ts";
import { resetWork, type ResetRequest } from "./credentials/password-reset.ts";
import { verificationWork } from "./credentials/verification.ts";
import { openLetterCounts } from "./mails/letter-counts.ts";
import { letterWork, postOffice, type LetterJobs, type PostOffice } from "./mails/post-office.ts";
import type { Office } from "./office.ts";

/** Where mails leave from, as an installation says it. */
export interface MailSettings {
  /** Undefined: mails become files below `dataDir`. */
  smtpUrl: string | undefined;
  mailFrom: string;
  dataDir: string;
}

/** Kinds of jobs and what each needs to know. */
interface OwedJobs extends LetterJobs {
  aftermath: Aftermath;
  passwordReset: ResetRequest;
  verification: { accountId: string };
}

/** What accounts owe and may not forget: kept in their own store until some process has done it. */
export interface Owed {
  jobs: Jobs<OwedJobs>;
  post: PostOffice;
  /** From now on this process does its share. */
  begin(office: Office): void;
  /** Removes what has expired; answers how much. */
  purge(nowMs: number): Promise<number>;
  /** Waits for what is in hand. */
  close(): Promise<void>;
}

interface OwedPorts {
  open: OpenCollection;
  settings: MailSettings & { jwtSecret: string };
  broker: ServiceBroker;
  clock: () => number;
}

export async function openOwed({ open, settings, broker, clock }: OwedPorts): Promise<Owed> {
  const { smtpUrl, mailFrom, dataDir, jwtSecret } = settings;
  const jobs = await openJobs<OwedJobs>({
    ...{ open, service: "accounts", logger: broker.getLogger("jobs"), clock },
    sealing: sealing(jwtSecret, "accounts jobs 1"),
  });
  const counts = await openLetterCounts(open, jwtSecret, clock);
  const logger = broker.getLogger("mail");
  const mailer = openMailer({ url: smtpUrl, from: mailFrom, outbox: path.join(dataDir, "outbox"), logger });
  return {
    jobs,
    post: postOffice(jobs, clock),
    begin: (office) =>
      jobs.work({
        letter: letterWork(mailer, counts, clock),
        aftermath: aftermathWork(office),
        passwordReset: resetWork(office),
        verification: verificationWork(office),
      }),
    purge: (nowMs) => counts.purge(nowMs),
    async close() {
      await jobs.stop();
      await counts.close();
      await mailer.close();
    },
  };
}
