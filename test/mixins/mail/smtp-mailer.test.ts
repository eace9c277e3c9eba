import { openMailer } from "../../../mixins/mail/mailer.ts";
import { smtpOptions } from "../../../mixins/mail/smtp-mailer.ts";
import { readMail } from "../../outbox.ts";
import { freePort } from "../../servers.ts";
import { openMailServer, type MailServer } from "./mail-server.ts";

const FROM = "한라봉 <hello@example.com>";
let server: MailServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const mailerAt = (url: string) => openMailer({ url, from: FROM, outbox: "/nowhere", logger: console });
const at = (port: number, before = "") => `smtp://${before}127.0.0.1:${port}`;

test.each([
  [
    "Korean",
    { subject: "비밀번호를 다시 정해 주세요", text: "안녕하세요.\n\n.점으로 시작하는 줄\n끝", language: "ko" },
  ],
  [
    "English",
    { subject: "Set your password anew", text: "Hello,\n\n.a line that starts with a dot\nBye", language: "en" },
  ],
])("a %s mail arrives as it was written", async (_language, mail) => {
  server = await openMailServer();
  const mailer = mailerAt(at(server.port));
  await mailer.send({ to: "minji@example.com", html: `<p>${mail.subject}</p>`, id: "one", ...mail });
  await mailer.close();
  const { raw, from, to } = server.received[0]!;
  expect([from, to]).toEqual(["hello@example.com", ["minji@example.com"]]);
  expect(readMail(raw)).toMatchObject({ ...mail, from: FROM, to: "minji@example.com" });
  expect(readMail(raw).headers["message-id"]).toBe("<one@example.com>");
});

test.each([
  ["a recipient whom it does not know", 550, { type: "SMTP_550", isFinal: true }],
  ["a recipient whose box is busy", 451, { type: "SMTP_451", isFinal: false }],
])("a server that refuses %s is understood", async (_title, responseCode, expected) => {
  const refusal = Object.assign(new Error("minji@example.com is unknown"), { responseCode });
  server = await openMailServer({ onRcptTo: (_address, _session, done) => done(refusal) });
  const error = await mailerAt(at(server.port))
    .send({ to: "minji@example.com", subject: "-", text: "-" })
    .catch((e) => e);
  expect(error).toMatchObject(expected);
  expect(String(error.stack)).not.toContain("minji");
});

test("a server that is not there is worth another try", async () => {
  const mailer = mailerAt(at(await freePort()));
  const sending = mailer.send({ to: "minji@example.com", subject: "-", text: "-" });
  await expect(sending).rejects.toMatchObject({ type: "SMTP_ESOCKET", isFinal: false });
});

test("credentials and mails do not travel in the clear", async () => {
  let asked = false;
  server = await openMailServer({ onAuth: (_auth, _session, done) => ((asked = true), done(null, { user: "-" })) });
  const sending = mailerAt(at(server.port, "user:secret@")).send({ to: "minji@example.com", subject: "-", text: "-" });
  await expect(sending).rejects.toMatchObject({ isFinal: false });
  expect([asked, server.received]).toEqual([false, []]);
});

test("a mail is encrypted where the server offers it, and its certificate is checked", async () => {
  jest.spyOn(console, "error").mockImplementationOnce(() => undefined);
  server = await openMailServer({ disabledCommands: [] });
  const sending = mailerAt(at(server.port)).send({ to: "minji@example.com", subject: "-", text: "-" });
  // The certificate that smtp-server brings along is nobody's.
  await expect(sending).rejects.toMatchObject({ isFinal: false });
  expect(server.received).toEqual([]);
});

test.each([
  ["smtp://mail.example.com", { host: "mail.example.com", port: 587, secure: false, requireTLS: false }],
  ["smtp://mail.example.com:25?requireTLS=true", { port: 25, secure: false, requireTLS: true }],
  ["smtps://mail.example.com", { port: 465, secure: true, requireTLS: false }],
  [
    "smtp://me%40example.com:p%2Fss@[::1]:2525",
    { host: "::1", port: 2525, requireTLS: true, auth: { user: "me@example.com", pass: "p/ss" } },
  ],
])("%s says how to connect", (url, options) => {
  expect(smtpOptions(url)).toMatchObject(options);
});
