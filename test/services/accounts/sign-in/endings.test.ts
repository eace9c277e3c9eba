import type { ServiceBroker } from "moleculer";
import { ACCESS_LIFE_MS } from "../../../../mixins/tokens/access-token.ts";
import { Accounts, type SignedIn } from "../../../../services/accounts/accounts.contract.ts";
import { changeAccount } from "../../../../services/accounts/accounts.store.ts";
import { CLOCKS_APART_MS } from "../../../../services/accounts/sign-in/endings.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";

const PAIR = { email: "minji@example.com", password: "correct horse battery" };
/** As far ahead as verifiers put up with, less a second. */
const AHEAD_MS = 4000;

let desk: Desk;
let node: ServiceBroker;
let other: ServiceBroker;
let signedIn: SignedIn;
beforeEach(async () => {
  desk = await openDesk(2);
  [node, other] = desk.nodes as [ServiceBroker, ServiceBroker];
  signedIn = await Accounts.register(node, PAIR);
});
afterEach(() => desk.close());

const verdict = (token: string, at = other) => codeOf(Accounts.verify(at, { token }));
const good = { result: null };
const rolesIn = async (token: string) => (await desk.office.tokens.verify(token))?.roles;

describe("one token", () => {
  test("that is taken back is no good on any node, while its session goes on", async () => {
    await Accounts.revoke(node, { token: signedIn.access });
    expect(await verdict(signedIn.access)).toBe("INVALID_TOKEN");
    const next = await Accounts.refresh(other, { refresh: signedIn.refresh });
    expect(await verdict(next.access, node)).toEqual(good);
  });

  test("may be taken back twice, and what is no token is none already", async () => {
    for (const token of [signedIn.access, signedIn.access, "nonsense", `${signedIn.access}x`, signedIn.refresh]) {
      expect(await Accounts.revoke(node, { token })).toBeNull();
    }
    expect((await Accounts.endings(node, {})).endings).toHaveLength(1);
  });

  test("cannot be taken back by who alters it", async () => {
    const [header, payload, signature] = signedIn.access.split(".");
    await Accounts.revoke(node, { token: `${header}.${payload}.${signature!.slice(0, -4)}AAAA` });
    expect(await verdict(signedIn.access)).toEqual(good);
  });
});

describe("a role that is taken", () => {
  const demote = async () => {
    await changeAccount(desk.office.accounts, signedIn.user.id, () => ({ role: "member" }));
    await desk.office.endings.end([signedIn.user.id]);
  };
  beforeEach(async () => {
    await changeAccount(desk.office.accounts, signedIn.user.id, () => ({ role: "admin" }));
    signedIn = await Accounts.refresh(node, { refresh: signedIn.refresh });
    expect(await rolesIn(signedIn.access)).toEqual(["admin"]);
  });

  test("ends every token that speaks of it, and one that is issued right after is good", async () => {
    await demote();
    expect(await verdict(signedIn.access)).toBe("INVALID_TOKEN");
    const next = await Accounts.refresh(other, { refresh: signedIn.refresh });
    expect(await rolesIn(next.access)).toEqual(["member"]);
    expect(await verdict(next.access)).toEqual(good);
  });

  test("ends tokens that a process with a faster clock has issued, too", async () => {
    desk.clock.nowMs += AHEAD_MS;
    const { access, refresh } = await Accounts.refresh(other, { refresh: signedIn.refresh });
    desk.clock.nowMs -= AHEAD_MS;
    expect(await rolesIn(access)).toEqual(["admin"]);
    await demote();
    expect(await rolesIn(access)).toBeUndefined();
    expect(await rolesIn((await Accounts.refresh(other, { refresh })).access)).toEqual(["member"]);
  });

  test("ends the tokens of before once more by a process with a slower clock", async () => {
    await demote();
    const { access } = await Accounts.refresh(other, { refresh: signedIn.refresh });
    expect(await rolesIn(access)).toEqual(["member"]);
    desk.clock.nowMs -= AHEAD_MS;
    await desk.office.endings.end([signedIn.user.id]);
    expect(await rolesIn(access)).toBeUndefined();
  });

  test("stands in no good token, however many refresh meanwhile", async () => {
    const { refresh } = signedIn;
    const refreshing = Array.from({ length: 20 }, (_, n) => Accounts.refresh(desk.nodes[n % 2]!, { refresh }));
    await demote();
    const more = Array.from({ length: 20 }, (_, n) => Accounts.refresh(desk.nodes[n % 2]!, { refresh }));
    const roles = await Promise.all([...refreshing, ...more].map(async (one) => rolesIn((await one).access)));
    expect(roles.slice(20)).toEqual(Array(20).fill(["member"]));
    expect(roles.flat()).not.toContain("admin");
  });
});

describe("a session that has ended", () => {
  test("has no good token left, those of the account's other sessions stay", async () => {
    const elsewhere = await Accounts.login(other, PAIR);
    await Accounts.logout(node, { refresh: signedIn.refresh });
    expect([await verdict(signedIn.access), await verdict(elsewhere.access)]).toEqual(["INVALID_TOKEN", good]);
  });

  test("has none left of a process with a faster clock either", async () => {
    desk.clock.nowMs += AHEAD_MS;
    const { access, refresh } = await Accounts.refresh(other, { refresh: signedIn.refresh });
    desk.clock.nowMs -= AHEAD_MS;
    expect(await verdict(access)).toEqual(good);
    await Accounts.logout(node, { refresh });
    expect(await rolesIn(access)).toBeUndefined();
  });

  test("gets no further token, not even by who had begun to refresh", async () => {
    const { sessionId, accountId } = (await desk.office.tokens.verify(signedIn.access))!;
    await Accounts.logout(node, { refresh: signedIn.refresh });
    desk.clock.nowMs += 60_000;
    expect(await codeOf(desk.office.tokens.issueMoment(accountId, sessionId))).toBe("INVALID_TOKEN");
  });
});

describe("endings", () => {
  test("are told to whoever asks, all or those since a moment", async () => {
    const { office, clock } = desk;
    await office.endings.end(["a"]);
    const { asOfMs } = await Accounts.endings(other, {});
    clock.nowMs += 60_000;
    await office.endings.end(["b", "c"]);
    const told = async (sinceMs: number) =>
      (await Accounts.endings(other, { sinceMs })).endings.map(({ about }) => about).sort();
    expect(await told(0)).toEqual(["a", "b", "c"]);
    expect(await told(asOfMs + 30_000)).toEqual(["b", "c"]);
  });

  test("about one thing are one, whose number grows with each, however many are written at once", async () => {
    const { office, clock } = desk;
    await Promise.all(Array.from({ length: 20 }, () => office.endings.end(["a"])));
    const atMs = clock.nowMs + 19;
    expect(await office.endings.current()).toEqual([
      { about: "a", atMs, forgottenAtMs: atMs + ACCESS_LIFE_MS + CLOCKS_APART_MS },
    ]);
    clock.nowMs += 1000;
    await office.endings.end(["a"]);
    expect(await office.endings.current()).toMatchObject([{ about: "a", atMs: clock.nowMs }]);
  });

  test("are kept until their tokens have expired by any clock, and no longer", async () => {
    const { office, clock } = desk;
    await office.endings.end(["a"]);
    clock.nowMs += ACCESS_LIFE_MS + CLOCKS_APART_MS - 1;
    expect(await office.endings.purge(clock.nowMs)).toBe(0);
    clock.nowMs += 1;
    expect(await office.endings.purge(clock.nowMs)).toBe(1);
    await office.endings.end(["a"]);
    expect(await office.endings.current()).toHaveLength(1);
  });

  test("of thousands come all at once", async () => {
    await desk.office.endings.end(Array.from({ length: 1203 }, (_, n) => `session-${n}`));
    expect((await Accounts.endings(other, {})).endings).toHaveLength(1203);
  });
});
