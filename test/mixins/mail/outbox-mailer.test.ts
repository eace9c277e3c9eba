import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openMailer, type Mailer } from "../../../mixins/mail/mailer.ts";
import { mailFilesIn, mailsIn } from "../../outbox.ts";

const MAIL = { to: "minji@example.com", subject: "한라봉이 왔습니다", text: "안녕하세요, 민지 님.\n다음 줄" };
const FROM = "Hallabong <hello@example.com>";

let dataDir: string;
let mailer: Mailer;
const log: string[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), "outbox-"));
  log.length = 0;
  const logger = { warn: (line: string) => void log.push(line) };
  mailer = openMailer({ url: undefined, from: FROM, outbox: path.join(dataDir, "outbox"), logger });
});
afterEach(async () => {
  await mailer.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test("a mail becomes a file that its owner alone can read, and the log says where without telling what", async () => {
  await mailer.send({ ...MAIL, html: "<p>안녕하세요, <b>민지</b> 님.</p>", language: "ko" });
  const [{ file, mode }] = mailFilesIn(dataDir) as [{ file: string; mode: number }];
  expect(mode).toBe(0o600);
  expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  expect(readdirSync(path.dirname(file))).toEqual([path.basename(file)]);
  expect(mailsIn(dataDir)[0]).toMatchObject({
    ...MAIL,
    from: FROM,
    language: "ko",
    html: expect.stringContaining("<b>민지</b>"),
  });
  expect(log).toEqual([`Without a mail server: a mail was written to ${file}`]);
});

test("a mail that is sent again under its id is one file", async () => {
  await mailer.send({ ...MAIL, id: "letter-1" });
  await mailer.send({ ...MAIL, id: "letter-1" });
  await mailer.send(MAIL);
  expect(mailsIn(dataDir)).toHaveLength(2);
});

test("machines are asked not to answer", async () => {
  await mailer.send(MAIL);
  expect(mailsIn(dataDir)[0]!.headers["auto-submitted"]).toBe("auto-generated");
});

test.each([
  ["a line break in the subject", { subject: "Hello\r\nBcc: eve@example.com" }, "MAIL_HEADER_REFUSED"],
  ["a lone line feed in the subject", { subject: "Hello\nBcc: eve@example.com" }, "MAIL_HEADER_REFUSED"],
  ["a line break in the address", { to: "minji@example.com\r\nBcc: eve@example.com" }, "MAIL_ADDRESS_REFUSED"],
  ["two addresses", { to: "minji@example.com,eve@example.com" }, "MAIL_ADDRESS_REFUSED"],
  ["an address with a name", { to: "Minji <minji@example.com>" }, "MAIL_ADDRESS_REFUSED"],
  ["no address", { to: "minji" }, "MAIL_ADDRESS_REFUSED"],
  ["an id that leads elsewhere", { id: "../../minji" }, "MAIL_ID_REFUSED"],
])("%s is refused for good", async (_title, differing, type) => {
  await expect(mailer.send({ ...MAIL, ...differing })).rejects.toMatchObject({ type, isFinal: true });
  expect(log).toEqual([]);
});
