import { mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { createTransport } from "nodemailer";
import type { Mailer } from "./mailer.ts";
import { message } from "./message.ts";

interface OutboxOptions {
  directory: string;
  from: string;
  logger: Pick<Console, "warn">;
}

/**
 * Where no mail server is known: mails as files (.eml, RFC 5322), readable by who runs the process alone. A file appears
 * with its content in one step; a mail that is sent again under its id replaces itself. File names sort by time.
 */
export function outboxMailer({ directory, from, logger }: OutboxOptions): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: "windows" });
  return {
    async send(mail) {
      const { id, ...made } = message(from, mail);
      const sent = await transport.sendMail(made);
      const file = path.join(directory, `${id}.eml`);
      const draft = `${file}.${process.pid}`;
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await writeFile(draft, sent.message as Buffer, { mode: 0o600 });
      await rename(draft, file);
      logger.warn(`Without a mail server: a mail was written to ${file}`);
    },
    close: () => Promise.resolve(transport.close()),
  };
}
