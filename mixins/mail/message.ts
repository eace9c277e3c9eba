import { uuidv7 } from "uuidv7";
import type { SendMailOptions } from "nodemailer";
import { MailNotSent } from "./mail-not-sent.ts";
import type { Mail } from "./mailer.ts";

/** One address and nothing that would make it two, or a header of its own. */
const ADDRESS = /^[^\s<>,;:"()[\]\\@\p{Cc}]{1,64}@[^\s<>,;:"()[\]\\@\p{Cc}]{1,253}$/u;
/** Control characters, line breaks of every kind among them. */
const BROKEN_LINE = /[\p{Cc}\u2028\u2029]/u;
const ID = /^[\w-]{1,100}$/;

/**
 * A mail as nodemailer takes it. Throws `MailNotSent` for what could smuggle in a header or a further recipient (line
 * breaks in subject or address: CWE-93). Machines are told not to answer (RFC 3834 §5).
 */
export function message(from: string, mail: Mail): SendMailOptions & { id: string } {
  const { to, subject, text, html, language, id = uuidv7() } = mail;
  if (BROKEN_LINE.test(from) || BROKEN_LINE.test(subject)) throw refused("MAIL_HEADER_REFUSED");
  if (!ADDRESS.test(to)) throw refused("MAIL_ADDRESS_REFUSED");
  if (!ID.test(id)) throw refused("MAIL_ID_REFUSED");
  return {
    ...{ id, from, subject, text },
    // As an object it is taken as it stands, not parsed as a list.
    to: { name: "", address: to },
    ...(html !== undefined && { html }),
    messageId: `<${id}@${domainOf(from)}>`,
    headers: { "Auto-Submitted": "auto-generated", ...(language && { "Content-Language": language }) },
    // Nothing in a mail is read from files or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

const refused = (type: string) => new MailNotSent(type, { isFinal: true });

const domainOf = (from: string): string => /@([^\s<>@]+)>?$/.exec(from)?.[1] ?? "localhost";
