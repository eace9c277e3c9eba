import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { eventually } from "./eventually.ts";

/** A mail as its reader sees it. */
export interface ReadMail {
  to: string;
  from: string;
  subject: string;
  /** ko or en. */
  language: string;
  text: string;
  html: string;
  /** `Auto-Submitted`, `Message-ID` and the others, by their name in lower case. */
  headers: Readonly<Record<string, string>>;
}

/** The mails that a process without a mail server wrote below its DATA_DIR, oldest first; of all or of one reader. */
export function mailsIn(dataDir: string, to?: string): ReadMail[] {
  const mails = mailFilesIn(dataDir).map(({ file }) => readMail(readFileSync(file, "utf8")));
  return mails.filter((mail) => to === undefined || mail.to === to);
}

/** Their files and what the owner, the group and others may do with them. */
export function mailFilesIn(dataDir: string): { file: string; mode: number }[] {
  const directory = path.join(dataDir, "outbox");
  const names = readdirSync(directory, { withFileTypes: true }).map(({ name }) => name);
  return names
    .filter((name) => name.endsWith(".eml"))
    .sort()
    .map((name) => path.join(directory, name))
    .map((file) => ({ file, mode: statSync(file).mode & 0o777 }));
}

/** Waits for the latest mail to somebody that fits; `subject` may be a part of it. */
export const mailTo = (dataDir: string, to: string, subject: RegExp | string = ""): Promise<ReadMail> =>
  eventually(() => {
    const mail = mailsIn(dataDir, to).findLast((read) => new RegExp(subject).test(read.subject));
    if (!mail) throw new Error(`No mail "${String(subject)}" has come for ${to}`);
    return mail;
  });

/** The token of the link in a mail: what follows `#verify-email=` and the like. */
export function tokenIn({ text }: ReadMail): string {
  const [, token] = /\/api\/accounts\/link#[a-z-]+=([\w-]{43})(?![\w-])/.exec(text) ?? [];
  if (!token) throw new Error("The mail has no link with a token");
  return token;
}

/** Reads the mails that we write (RFC 5322, 2045, 2047), one or two parts each. */
export function readMail(raw: string): ReadMail {
  const whole = part(raw);
  const boundary = /boundary="?([^";]+)/.exec(whole.headers["content-type"] ?? "")?.[1];
  const parts = boundary
    ? raw
        .split(`--${boundary}`)
        .slice(1, -1)
        .map((piece) => part(piece.replace(/^\r?\n/, "")))
    : [whole];
  const body = (type: string) => parts.find(({ headers }) => headers["content-type"]?.startsWith(type))?.body ?? "";
  const { to = "", from = "", subject = "", "content-language": language = "" } = whole.headers;
  return {
    ...{ to: addressIn(decodedWords(to)), from: decodedWords(from), subject: decodedWords(subject), language },
    ...{ text: body("text/plain"), html: body("text/html"), headers: whole.headers },
  };
}

const addressIn = (text: string): string => /<([^>]+)>/.exec(text)?.[1] ?? text;

function part(raw: string): { headers: Record<string, string>; body: string } {
  const [, head = "", rest = ""] = /^(.*?)\r?\n\r?\n(.*)$/s.exec(raw) ?? [];
  const lines = head.replaceAll(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  return { headers, body: decodedBody(rest, headers["content-transfer-encoding"] ?? "7bit") };
}

function decodedBody(body: string, encoding: string): string {
  const decode: Record<string, () => string> = {
    base64: () => Buffer.from(body, "base64").toString("utf8"),
    "quoted-printable": () => quotedPrintable(body.replaceAll(/=\r?\n/g, "")),
  };
  return (decode[encoding.toLowerCase()]?.() ?? body).replaceAll("\r\n", "\n").trimEnd();
}

/** `=ED=95=9C` → 한. */
const quotedPrintable = (text: string): string =>
  Buffer.from(
    text.replaceAll(/=([0-9A-F]{2})/gi, (_match, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    "latin1",
  ).toString("utf8");

/** `=?UTF-8?B?…?=` and `=?UTF-8?Q?…?=`; white space between two of them is none. */
const decodedWords = (text: string): string =>
  text
    .replaceAll(/\?=\s+=\?/g, "?==?")
    .replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_match, encoding: string, word: string) =>
      encoding.toLowerCase() === "b"
        ? Buffer.from(word, "base64").toString("utf8")
        : quotedPrintable(word.replaceAll("_", " ")),
    );
