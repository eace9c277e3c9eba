import { eventually } from "../../../eventually.ts";
import { openMailServer, type MailServer } from "../../../mixins/mail/mail-server.ts";
import { mailsIn, readMail } from "../../../outbox.ts";
import { run } from "../../../program.ts";
import { freePort } from "../../../servers.ts";
import { Counter } from "./counter.ts";

const MINJI = { email: "minji@example.com", language: "ko" as const };
const TOKEN = "Rk9vYmFyQmF6UXV4Rk9vYmFyQmF6UXV4Rk9vYmFyQmE";
const LINK = `https://market.example/api/accounts/link#reset-password=${TOKEN}`;
const RESET = { kind: "resetPassword" as const, link: LINK };

let counter: Counter;
let server: MailServer | undefined;
beforeEach(() => void (counter = new Counter()));
afterEach(async () => {
  await counter.close();
  await server?.close();
  server = undefined;
});

const state = async () => (await counter.rows())[0]?.state;
const at = (port: number) => `smtp://127.0.0.1:${port}`;

test.each([
  ["ko", "Hallabong 비밀번호 재설정 안내", "30분 동안 한 번만"],
  ["en", "Reset your Hallabong password", "once, within 30 minutes"],
] as const)("a letter in %s is delivered", async (language, subject, sentence) => {
  server = await openMailServer();
  const post = await counter.open(at(server.port));
  await post.send({ ...MINJI, language }, RESET);
  const { raw } = await eventually(() => {
    expect(server!.received).toHaveLength(1);
    return server!.received[0]!;
  });
  const mail = readMail(raw);
  expect(mail).toMatchObject({ to: MINJI.email, from: "Hallabong <hello@example.com>", subject, language });
  expect(mail.text).toContain(sentence);
  expect(mail.text).toContain(LINK);
  expect(mail.html).toContain(LINK);
});

test("letters wait while the mail server is away, and nothing readable of them lies about meanwhile", async () => {
  const port = await freePort();
  const post = await counter.open(at(port));
  await post.send(MINJI, RESET);
  await eventually(async () =>
    expect(await counter.rows()).toMatchObject([{ state: "waiting", reason: "SMTP_ESOCKET" }]),
  );
  expect(JSON.stringify(await counter.rows()) + counter.log.join()).not.toMatch(new RegExp(`minji|${TOKEN}|link`));

  server = await openMailServer({ port });
  counter.clock.nowMs += 15 * 60_000;
  await eventually(() => expect(server!.received).toHaveLength(1));
  await eventually(async () => expect(await counter.rows()).toMatchObject([{ state: "done", payload: null }]));
});

test("a letter that was taken over is delivered though its process is killed at once", async () => {
  const sender = run(["test/services/accounts/mails/dying-sender.ts", counter.directory], {});
  await eventually(() => expect(sender.output()).toContain("taken over"));
  sender.child.kill("SIGKILL");
  await sender.ended;

  await counter.open(undefined);
  counter.clock.nowMs += 2 * 60_000;
  await eventually(() => expect(mailsIn(counter.directory, "minji@example.com")).toHaveLength(1));
});

test("a letter that the server refuses for good has failed, with the reason", async () => {
  const refusal = Object.assign(new Error("minji@example.com is unknown"), { responseCode: 550 });
  server = await openMailServer({ onRcptTo: (_address, _session, done) => done(refusal) });
  const post = await counter.open(at(server.port));
  await post.send(MINJI, RESET);
  const end = { state: "failed", reason: "SMTP_550", tries: 1, payload: null };
  await eventually(async () => expect(await counter.rows()).toMatchObject([end]));
  expect(counter.log.join()).not.toContain("minji");
});

test("a link that has died while the server was away is not sent", async () => {
  const port = await freePort();
  const post = await counter.open(at(port));
  await post.send(MINJI, RESET);
  await eventually(async () => expect((await counter.rows())[0]?.reason).toBe("SMTP_ESOCKET"));
  server = await openMailServer({ port });
  counter.clock.nowMs += 30 * 60_000;
  await eventually(async () =>
    expect(await counter.rows()).toMatchObject([{ state: "failed", reason: "LINK_EXPIRED" }]),
  );
  expect(server.received).toEqual([]);
});

test("a letter of one key goes once, however often it is brought", async () => {
  const post = await counter.open(undefined);
  await Promise.all([1, 2, 3].map(() => post.send(MINJI, { kind: "deleted" }, "deleted:1")));
  await eventually(async () => expect(await state()).toBe("done"));
  await post.send(MINJI, { kind: "deleted" }, "deleted:1");
  expect(await counter.rows()).toHaveLength(1);
  expect(mailsIn(counter.directory)).toHaveLength(1);
});

test("what was sealed with another secret is given up", async () => {
  const port = await freePort();
  const post = await counter.open(at(port));
  await post.send(MINJI, RESET);
  await eventually(async () => expect(await state()).toBe("waiting"));
  await counter.stop();
  await counter.open(undefined, "another secret, of 32 characters or more");
  counter.clock.nowMs += 60_000;
  const end = { state: "failed", reason: "SEALED_WITH_ANOTHER_SECRET" };
  await eventually(async () => expect(await counter.rows()).toMatchObject([end]));
});
