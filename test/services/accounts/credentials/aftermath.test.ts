import type { ServiceBroker } from "moleculer";
import { Accounts, type SignedIn } from "../../../../services/accounts/accounts.contract.ts";
import type { StoredAccount } from "../../../../services/accounts/accounts.store.ts";
import { changeWithAftermath } from "../../../../services/accounts/credentials/aftermath.ts";
import type { Office } from "../../../../services/accounts/office.ts";
import { eventually } from "../../../eventually.ts";
import { mailsIn } from "../../../outbox.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";

const pair = { email: "minji@example.com", password: "correct horse battery" };
const RESET = /재설정 안내/;
const CHANGED = /비밀번호가 변경/;

let desk: Desk;
let node: ServiceBroker;
let before: SignedIn;
let account: StoredAccount;
beforeEach(async () => {
  desk = await openDesk();
  node = desk.nodes[0]!;
  before = await Accounts.register(node, pair);
  const read = (await desk.office.accounts.byId(before.user.id))!;
  account = (await desk.office.accounts.change(read, { emailVerifiedAt: new Date().toISOString() }))!;
});
afterEach(() => desk.close());

const order = {
  ...{ changed: "passwordHash" as const, value: "another hash", letter: { kind: "passwordChanged" as const } },
  patchOf: () => ({ passwordHash: "another hash" }),
};
const letters = () => mailsIn(desk.dataDir, pair.email).filter(({ subject }) => CHANGED.test(subject)).length;
const isOver = async ({ refresh }: SignedIn) => (await codeOf(Accounts.refresh(node, { refresh }))) === "INVALID_TOKEN";

const KINDS = ["pendingSignIn", "changeEmail"] as const;
const issueBoth = () =>
  Promise.all(KINDS.map((kind) => desk.office.oneTime.issue({ kind, accountId: account.id, lifeMs: 3600_000 })));
const stillGood = (tokens: string[]) =>
  Promise.all(KINDS.map(async (kind, at) => (await desk.office.oneTime.look(kind, tokens[at]!)) !== undefined));

/** An office whose process dies when it comes to what follows from the change. */
const dying = (): Office => ({
  ...desk.office,
  sessions: { ...desk.office.sessions, liveOf: () => Promise.reject(new Error("killed")) },
});

test("what a killed process left undone another one makes up for, once", async () => {
  const reset = await desk.office.oneTime.issue({ kind: "resetPassword", accountId: account.id, lifeMs: 3600_000 });
  await expect(changeWithAftermath(dying(), account, order)).rejects.toThrow("killed");
  expect(await desk.office.accounts.byId(account.id)).toMatchObject({ passwordHash: "another hash" });
  expect(await isOver(before)).toBe(false);
  desk.clock.nowMs += 1;
  const later = await desk.office.sessions.begin(account, {}, ["password"]);

  desk.clock.nowMs += 5000;
  await eventually(async () => expect(await isOver(before)).toBe(true));
  await eventually(() => expect(letters()).toBe(1));
  expect(await desk.office.oneTime.look("resetPassword", reset)).toBeUndefined();
  expect(await desk.office.sessions.live(later.id)).toBeDefined();
});

test("what was seen to at once is not done again", async () => {
  expect(await changeWithAftermath(desk.office, account, order)).toBe(true);
  expect(await isOver(before)).toBe(true);
  await eventually(() => expect(letters()).toBe(1));
  // In the very moment of the change: doing it again would take them.
  const later = await desk.office.sessions.begin(account, {}, ["password"]);
  const issued = await issueBoth();
  desk.clock.nowMs += 5000;
  const { jobs } = desk.office.owed;
  await jobs.add("passwordReset", { email: pair.email, place: {} });
  await eventually(() =>
    expect(mailsIn(desk.dataDir, pair.email).some(({ subject }) => RESET.test(subject))).toBe(true),
  );
  expect([letters(), (await desk.office.sessions.live(later.id)) !== undefined]).toEqual([1, true]);
  expect(await stillGood(issued)).toEqual([true, true]);
});

test("what is made up for leaves alone what was issued after the change", async () => {
  const before = await issueBoth();
  await expect(changeWithAftermath(dying(), account, order)).rejects.toThrow("killed");
  desk.clock.nowMs += 1;
  const issued = await issueBoth();
  desk.clock.nowMs += 5000;
  await eventually(() => expect(letters()).toBe(1));
  expect([await stillGood(before), await stillGood(issued)]).toEqual([
    [false, false],
    [true, true],
  ]);
});

test("nothing follows from a change that did not come about", async () => {
  expect(await changeWithAftermath(desk.office, account, { ...order, patchOf: () => undefined })).toBe(false);
  desk.clock.nowMs += 5000;
  await desk.office.post.send(account, { kind: "totpEnabled" });
  await eventually(() =>
    expect(mailsIn(desk.dataDir, pair.email).some(({ subject }) => /2단계/.test(subject))).toBe(true),
  );
  expect([letters(), await isOver(before)]).toEqual([0, false]);
});
