import { hash } from "@node-rs/argon2";
import type { ServiceBroker } from "moleculer";
import type { CallContext } from "../../../../mixins/answer.ts";
import { Accounts, type Proof } from "../../../../services/accounts/accounts.contract.ts";
import type { AccountFields, StoredAccount } from "../../../../services/accounts/accounts.store.ts";
import { forgetOtherWays } from "../../../../services/accounts/credentials/other-ways.ts";
import { openSession } from "../../../../services/accounts/sign-in/open-session.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";

const RIGHT = { email: "minji@example.com", password: "correct horse battery" };
const WRONG = { ...RIGHT, password: "incorrect horse" };
const NOBODY = { email: "nobody@example.com", password: "correct horse battery" };

let desk: Desk;
let node: ServiceBroker;
const login = (pair: typeof RIGHT, at = node) => codeOf(Accounts.login(at, pair));
const failed = async (times: number, pair = WRONG) => {
  for (let time = 0; time < times; time += 1) await login(pair);
};

beforeEach(async () => {
  desk = await openDesk(2);
  node = desk.nodes[0]!;
  await Accounts.register(node, RIGHT);
});
afterEach(() => desk.close());

test("the right pair signs in, however the e-mail address is written", async () => {
  const { user } = await Accounts.login(node, { ...RIGHT, email: " MINJI@Example.com " });
  expect(user.email).toBe("minji@example.com");
});

test("a password typed on another keyboard layer of Unicode is the same password", async () => {
  await Accounts.register(node, { email: "hangul@example.com", password: "한라봉은 맛있다".normalize("NFC") });
  const pair = { email: "hangul@example.com", password: "한라봉은 맛있다".normalize("NFD") };
  expect((await Accounts.login(node, pair)).user.email).toBe("hangul@example.com");
});

test("every wrong pair gets the very same answer", async () => {
  const answers = [WRONG, NOBODY, { email: "no address", password: "x" }, { ...RIGHT, email: "minji@example.org" }].map(
    (pair) =>
      Accounts.login(node, pair).then(
        () => "signed in",
        ({ type, code, message, data }) => JSON.stringify({ type, code, message, data }),
      ),
  );
  expect(new Set(await Promise.all(answers)).size).toBe(1);
  expect(await login(NOBODY)).toBe("INVALID_CREDENTIALS");
});

test.each([
  ["an account", WRONG],
  ["an address without an account", NOBODY],
])("after five failures %s waits 30 seconds", async (_whose, pair) => {
  await failed(5, pair);
  await expect(Accounts.login(node, pair)).rejects.toMatchObject({
    type: "TOO_MANY_ATTEMPTS",
    code: 429,
    data: { retryAfterSeconds: 30 },
  });
  desk.clock.nowMs += 29_000;
  await expect(Accounts.login(node, pair)).rejects.toMatchObject({ data: { retryAfterSeconds: 1 } });
  desk.clock.nowMs += 1000;
  expect(await login(pair)).toBe("INVALID_CREDENTIALS");
});

test("the right password does not open a locked account, and does so when the time has passed", async () => {
  await failed(5);
  expect(await login(RIGHT)).toBe("TOO_MANY_ATTEMPTS");
  desk.clock.nowMs += 30_000;
  expect(await login(RIGHT)).toMatchObject({ result: { user: { email: RIGHT.email } } });
});

test("a success forgets the failures before it", async () => {
  await failed(4);
  await Accounts.login(node, RIGHT);
  await failed(4);
  expect(await login(RIGHT)).toMatchObject({ result: {} });
});

test("failures of one account are none of another's", async () => {
  await failed(6, NOBODY);
  expect(await login(RIGHT)).toMatchObject({ result: {} });
});

test("the right guess among many at once is not told apart once five have failed", async () => {
  const guesses = [...Array.from({ length: 30 }, () => WRONG), RIGHT];
  const answers = await Promise.all(guesses.map((pair) => login(pair)));
  expect(answers.at(-1)).toBe("TOO_MANY_ATTEMPTS");
});

test("many honest sign-ins at once all succeed", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => login(RIGHT, desk.nodes[n % 2]!)));
  expect(answers.every((answer) => typeof answer === "object")).toBe(true);
});

/** Writes something into Minji's account, as its other parts would. */
async function change(patch: Partial<AccountFields>): Promise<StoredAccount> {
  const { accounts } = desk.office;
  return (await accounts.change((await accounts.byEmail(RIGHT.email))!, patch))!;
}

test.each<[string, Partial<AccountFields>]>([
  ["has no password", { passwordHash: null }],
  ["is deleted", { status: "deleted", email: null, passwordHash: null }],
])("an account that %s is told from none by nobody, however often they try", async (_which, patch) => {
  await change(patch);
  const answers: unknown[] = [];
  for (const pair of [RIGHT, NOBODY]) {
    for (let time = 0; time < 6; time += 1) answers.push(await login(pair));
  }
  expect(answers.slice(0, 6)).toEqual(answers.slice(6));
  expect(answers[0]).toBe("INVALID_CREDENTIALS");
});

test("that an account is suspended is told to whoever knows its password", async () => {
  await change({ status: "suspended" });
  expect(await login(WRONG)).toBe("INVALID_CREDENTIALS");
  expect(await login(RIGHT)).toBe("ACCOUNT_SUSPENDED");
});

describe("a hash that was made for less work", () => {
  const outdated = () => hash(RIGHT.password, { algorithm: 2, memoryCost: 8192, timeCost: 1, parallelism: 1 });
  const stored = async () => (await desk.office.accounts.byEmail(RIGHT.email))!.passwordHash;

  test("is made anew by the sign-in, and the password stays the same", async () => {
    await change({ passwordHash: await outdated() });
    expect(await login(WRONG)).toBe("INVALID_CREDENTIALS");
    expect(await stored()).toContain("m=8192,t=1,");
    expect(await login(RIGHT)).toMatchObject({ result: {} });
    expect(await stored()).toContain("m=19456,t=2,");
    expect(await login(RIGHT)).toMatchObject({ result: {} });
  });

  test("is made anew once by many sign-ins at once on two nodes, which all succeed", async () => {
    const { rev } = await change({ passwordHash: await outdated() });
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => login(RIGHT, desk.nodes[n % 2]!)));
    expect(answers.filter((answer) => typeof answer === "object")).toHaveLength(12);
    expect((await desk.office.accounts.byEmail(RIGHT.email))!.rev).toBe(rev + 1);
  });
});

describe("a sign-in that is under way", () => {
  const ctx = { meta: {} } as CallContext;

  test.each<[string, Partial<AccountFields>, string, string]>([
    ["the account is suspended", { status: "suspended" }, "ACCOUNT_SUSPENDED", "suspension"],
    ["the account is deleted", { status: "deleted", email: null }, "SIGN_IN_INTERRUPTED", "deletion"],
    ["the password is changed", { passwordHash: "$argon2id$another" }, "SIGN_IN_INTERRUPTED", "passwordChange"],
  ])("leaves no session when meanwhile %s", async (_what, patch, code, endedBy) => {
    const proved = await change({});
    await change(patch);
    expect(await codeOf(openSession(desk.office, proved, ctx, ["password"]))).toBe(code);
    const begun = (await desk.office.signIns.sessionsOf(proved.id)).map((session) => session.endedBy);
    expect(begun.filter((end) => end !== null)).toEqual([endedBy]);
  });

  test("leaves no session when meanwhile all sessions of the account are ended", async () => {
    const { events, sessions } = desk.office;
    const note = async (...[, id]: Parameters<typeof events.note>) => void (await sessions.endAll(id, "owner"));
    const overtaken = { ...desk.office, events: { ...events, note } };
    expect(await codeOf(openSession(overtaken, await change({}), ctx, ["password"]))).toBe("SIGN_IN_INTERRUPTED");
  });

  test.each<[string, Proof[]]>([
    ["a passkey", ["passkey"]],
    ["a provider", ["google"]],
    ["a provider and a code", ["google", "totp"]],
  ])("leaves no session when meanwhile %s that proved it is taken away", async (_what, proofs) => {
    const { identities, secondFactors } = desk.office;
    const proved = await change({});
    const key = { credentialId: "id", publicKey: "key", counter: 0, transports: [], name: "Mine", lastUsedAt: null };
    const { id } = await secondFactors.addPasskey({ accountId: proved.id, ...key });
    await identities.add({ accountId: proved.id, provider: "google", subject: "somebody" });
    const open = () => codeOf(openSession(desk.office, proved, ctx, proofs, proofs[0] === "passkey" ? id : undefined));
    expect(await open()).toHaveProperty("result");
    await forgetOtherWays(desk.office, proved.id, "waysIn", Infinity);
    expect(await open()).toBe("SIGN_IN_INTERRUPTED");
  });

  test("goes on when something else of the account changes", async () => {
    const proved = await change({});
    await change({ bio: "Cars and cameras" });
    const { user } = await openSession(desk.office, proved, ctx, ["password"]);
    expect(user.bio).toBe("Cars and cameras");
  });
});

test("memories of failures are purged when their time is over", async () => {
  await failed(2);
  await failed(1, NOBODY);
  expect(await desk.office.signIns.purge(desk.clock.nowMs)).toBe(0);
  expect(await desk.office.signIns.purge(desk.clock.nowMs + 15 * 60_000)).toBe(2);
});
