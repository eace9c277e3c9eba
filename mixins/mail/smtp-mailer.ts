import { createTransport, type TransportOptions } from "nodemailer";
import type SMTPTransport from "nodemailer/lib/smtp-transport/index.js";
import { MailNotSent } from "./mail-not-sent.ts";
import type { Mailer } from "./mailer.ts";
import { message } from "./message.ts";

/** How long each step may take. A server that hangs must not hold up who waits for a process to stop. */
const TIMEOUTS = { dnsTimeout: 5000, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 15_000 };

/** Mails by SMTP, one connection each. */
export function smtpMailer({ url, from }: { url: string; from: string }): Mailer {
  const transport = createTransport(smtpOptions(url) as TransportOptions);
  return {
    async send(mail) {
      const { id: _id, ...made } = message(from, mail);
      await transport.sendMail(made).catch((error: unknown) => {
        throw notSent(error as { code?: unknown; responseCode?: unknown });
      });
    },
    close: () => Promise.resolve(transport.close()),
  };
}

/**
 * What a URL says of the connection. smtps: TLS from the first byte (port 465, RFC 8314 §3.3). smtp: STARTTLS where the
 * server offers it (port 587); with credentials, or with `?requireTLS=true`, nothing is sent without it, or somebody on
 * the way who hides the offer would read them.
 */
export function smtpOptions(text: string): SMTPTransport.Options {
  const url = new URL(text);
  const secure = url.protocol === "smtps:";
  const [user, pass] = [url.username, url.password].map(decodeURIComponent);
  return {
    // An IPv6 address stands in brackets in a URL.
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    requireTLS: !secure && (user !== "" || url.searchParams.get("requireTLS") === "true"),
    ...(user && { auth: { user, pass: pass ?? "" } }),
    tls: { minVersion: "TLSv1.2" },
    ...TIMEOUTS,
  };
}

/**
 * The server's text may name the recipient, so only codes go on. A 5xx answer to the recipient or the content is final
 * (RFC 5321 §4.2.1); one to our credentials is not: an operator mends them.
 */
function notSent({ code, responseCode }: { code?: unknown; responseCode?: unknown }): MailNotSent {
  const [kind, status] = [typeof code === "string" ? code : "EUNKNOWN", Number(responseCode) || undefined];
  const isFinal = (kind === "EENVELOPE" || kind === "EMESSAGE") && status !== undefined && status >= 500;
  return new MailNotSent(status ? `SMTP_${status}` : `SMTP_${kind}`, { isFinal });
}
