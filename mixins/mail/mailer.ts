import { outboxMailer } from "./outbox-mailer.ts";
import { smtpMailer } from "./smtp-mailer.ts";

export { MailNotSent } from "./mail-not-sent.ts";

export interface Mail {
  /** One address. */
  to: string;
  /** One line. */
  subject: string;
  text: string;
  html?: string;
  /** BCP 47, such as ko. */
  language?: string;
  /** Letters, digits, dashes. A mail that is sent again under the same id is the same mail to who receives it. */
  id?: string;
}

/** Where mails leave from. */
export interface Mailer {
  /** Resolves when the next server has taken the mail over. Throws `MailNotSent`. */
  send(mail: Mail): Promise<void>;
  close(): Promise<void>;
}

export interface MailerOptions {
  /** smtp:// or smtps://; without it mails become files in `outbox`. */
  url: string | undefined;
  /** An address, or `Name <address>`. */
  from: string;
  /** A directory; made when the first mail is written. */
  outbox: string;
  logger: Pick<Console, "warn">;
}

export const openMailer = ({ url, from, outbox, logger }: MailerOptions): Mailer =>
  url === undefined ? outboxMailer({ directory: outbox, from, logger }) : smtpMailer({ url, from });
