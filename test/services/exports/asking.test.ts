import { Exports } from "../../../services/exports/exports.contract.ts";
import { codeOf } from "../accounts/desk.ts";
import { member, openBureau, type Bureau } from "./bureau.ts";

const HOUR_MS = 3600_000;
let bureau: Bureau;
beforeAll(async () => void (bureau = await openBureau({ nodes: 2 })));
afterAll(() => bureau.close());
beforeEach(() => {
  bureau.isProved = true;
  bureau.mails.length = 0;
});

/** A member of whom accounts hold a profile and sign-ins, and listings some cars. */
function somebody(name: string, cars: number) {
  const who = member();
  bureau.held.accounts.set(who.meta.accountId, [
    { kind: "profile", record: { name } },
    ...[1, 2, 3].map((number) => ({ kind: "sign-ins", record: { of: name, number } })),
  ]);
  const offers = Array.from({ length: cars }, (_, i) => ({ kind: "cars", record: { seller: name, title: `🍊 ${i}` } }));
  bureau.held.listings.set(who.meta.accountId, offers);
  return who;
}

test("every record of every service is in the ZIP, and nothing of anybody else", async () => {
  const [minji, jisu] = [somebody("민지", 5), somebody("지수", 0)];
  expect(await bureau.ask(minji)).toMatchObject({ state: "gathering", readyAt: null, bytes: null, reason: null });
  await bureau.ask(jisu, 1);
  const ready = await Promise.all([bureau.reached(minji, "ready"), bureau.reached(jisu, "ready")]);
  const [mine, theirs] = await Promise.all([minji, jisu].map((who) => bureau.download(bureau.tokenOf(who))));
  expect(Object.keys(mine!)).toEqual([
    ...["README.txt", "accounts/profile.json", "accounts/sign-ins.json", "listings/cars.json"],
  ]);
  expect(JSON.parse(mine!["accounts/profile.json"]!)).toEqual([{ name: "민지" }]);
  expect(JSON.parse(mine!["accounts/sign-ins.json"]!)).toEqual([1, 2, 3].map((number) => ({ of: "민지", number })));
  expect(JSON.parse(mine!["listings/cars.json"]!)).toHaveLength(5);
  expect(Object.keys(theirs!)).toEqual(["README.txt", "accounts/profile.json", "accounts/sign-ins.json"]);
  expect([JSON.stringify(mine).includes("지수"), JSON.stringify(theirs).includes("민지")]).toEqual([false, false]);
  for (const { bytes, expiresAt, readyAt } of ready) {
    expect(bytes).toBeGreaterThan(500);
    expect(Date.parse(expiresAt!) - Date.parse(readyAt!)).toBe(7 * 24 * HOUR_MS);
  }
});

test("the mail's link leads to the gateway and tells when it ends", async () => {
  const who = somebody("ada", 1);
  const { id } = await bureau.ask(who);
  const { expiresAt } = await bureau.reached(who, "ready");
  expect(bureau.mails).toEqual([
    {
      ...{ accountId: who.meta.accountId, key: `export ${id}` },
      letter: {
        ...{ kind: "exportReady", expiresAt },
        link: expect.stringMatching(/^https:\/\/market\.test\/api\/accounts\/exports\/download\?token=[\w-]{43}$/),
      },
    },
  ]);
});

test("who asks twenty times on two nodes at once gets one export and one mail", async () => {
  const who = somebody("bob", 3);
  const asked = await Promise.all(Array.from({ length: 20 }, (_, i) => bureau.ask(who, i % 2)));
  expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
  await bureau.reached(who, "ready");
  expect((await bureau.ask(who)).id).toBe(asked[0]!.id);
  expect(bureau.mails).toHaveLength(1);
});

test("an hour later there is another one, and the link before it ends when it is ready", async () => {
  const who = somebody("eve", 1);
  const first = await bureau.ask(who);
  await bureau.reached(who, "ready");
  const token = bureau.tokenOf(who);
  bureau.mails.length = 0;
  bureau.clock.nowMs += HOUR_MS;
  const second = await bureau.ask(who);
  expect(second.id).not.toBe(first.id);
  expect((await bureau.reached(who, "ready")).id).toBe(second.id);
  expect(await bureau.download(bureau.tokenOf(who))).toHaveProperty(["listings/cars.json"]);
  await bureau.settled();
  expect(await codeOf(bureau.download(token))).toBe("LINK_INVALID");
});

test("without a fresh proof of who asks nothing is gathered; what is there is shown all the same", async () => {
  bureau.isProved = false;
  const who = somebody("mal", 1);
  expect(await codeOf(bureau.ask(who))).toBe("STEP_UP_REQUIRED");
  expect(await codeOf(Exports.latest(bureau.nodes[0]!, {}, who))).toBe("EXPORT_NOT_FOUND");
  bureau.isProved = true;
  const { id } = await bureau.ask(who);
  bureau.isProved = false;
  expect((await bureau.ask(who)).id).toBe(id);
  expect(bureau.approved.filter((accountId) => accountId === who.meta.accountId)).toHaveLength(1);
});

test("nobody asks or looks without signing in", async () => {
  for (const action of [Exports.request, Exports.latest])
    expect(await codeOf(action(bureau.nodes[0]!, {}))).toBe("UNAUTHENTICATED");
});
