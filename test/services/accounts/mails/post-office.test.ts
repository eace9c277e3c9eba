import { eventually } from "../../../eventually.ts";
import { openMailServer, type MailServer } from "../../../mixins/mail/mail-server.ts";
import { mailsIn, readMail } from "../../../outbox.ts";
import { run } from "../../../program.ts";
import { freePort } from "../../../servers.ts";
import { Counter } from "./counter.ts";

const UNPROVEN = { email: "minji@example.com", language: "ko" as const, emailVerifiedAt: null };
const MINJI = { ...UNPROVEN, emailVerifiedAt: "2026-01-01T00:00:00.000Z" };
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

test.each([
  [{ kind: "verifyEmail", link: LINK } as const, 1],
  [RESET, 1],
  [{ kind: "changeEmail", link: LINK } as const, 1],
  [{ kind: "emailChanged", newEmail: "new@example.com" } as const, 1],
  [{ kind: "passwordChanged" } as const, 0],
  [{ kind: "recoveryCodesRenewed" } as const, 0],
  [{ kind: "suspended", reason: null } as const, 0],
  [{ kind: "deleted" } as const, 0],
])("of %j an address that nobody has proved gets %d, a proved one 1", async (letter, gets) => {
  const post = await counter.open(undefined);
  await post.send(UNPROVEN, letter);
  expect(await counter.rows()).toHaveLength(gets);
  await post.send(MINJI, letter);
  expect(await counter.rows()).toHaveLength(gets + 1);
});

test("an address gets ten letters of a kind a day; the rest is dropped, and the log does not say whose it was", async () => {
  const post = await counter.open(undefined);
  for (let n = 0; n < 12; n += 1) await post.send(MINJI, { kind: "passwordChanged" });
  await post.send(MINJI, { kind: "totpEnabled" });
  await post.send({ ...MINJI, email: "hana@example.com" }, { kind: "passwordChanged" });
  await eventually(async () =>
    expect((await counter.rows()).every(({ state: ended }) => ended === "done" || ended === "failed")).toBe(true),
  );
  expect(mailsIn(counter.directory, MINJI.email)).toHaveLength(11);
  expect(mailsIn(counter.directory, "hana@example.com")).toHaveLength(1);
  expect(counter.log.filter((line) => line.includes("TOO_MANY_OF_A_KIND"))).toHaveLength(2);
  expect(counter.log.join()).not.toMatch(/minji|hana/);

  counter.clock.nowMs += 24 * 3600_000;
  await post.send(MINJI, { kind: "passwordChanged" });
  await eventually(() => expect(mailsIn(counter.directory, MINJI.email)).toHaveLength(12));
});

test("letters that wait for a server do not crowd each other out", async () => {
  const port = await freePort();
  const post = await counter.open(at(port));
  for (let n = 0; n < 12; n += 1) await post.send(MINJI, { kind: "passwordChanged" });
  const countOf = async (wanted: string) => (await counter.rows()).filter((row) => row.state === wanted).length;
  await eventually(async () => expect([await countOf("waiting"), await countOf("failed")]).toEqual([10, 2]));
  server = await openMailServer({ port });
  counter.clock.nowMs += 15 * 60_000;
  await eventually(() => expect(server!.received).toHaveLength(10));
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
