import type { ServiceBroker } from "moleculer";
import type { CallContext } from "../../../../mixins/answer.ts";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import type { Office } from "../../../../services/accounts/office.ts";
import { passwordOf, secondFactorOf } from "../../../../services/accounts/sign-in/guarded-secrets.ts";
import { forgive, guarded } from "../../../../services/accounts/sign-in/login-guard.ts";
import { accountOfPair } from "../../../../services/accounts/sign-in/checked-password.ts";
import { eventually } from "../../../eventually.ts";
import { codeOf, logOf, openDesk, type Desk } from "../desk.ts";

const RIGHT = { email: "minji@example.com", password: "correct horse battery" };
const WRONG = { ...RIGHT, password: "incorrect horse" };

let desk: Desk;
let node: ServiceBroker;
let office: Office;
let me: { id: string; email: string };
beforeEach(async () => {
  desk = await openDesk(2);
  [node, office] = [desk.nodes[0]!, desk.office];
  const { user } = await Accounts.register(node, RIGHT);
  me = { id: user.id, email: user.email! };
});
afterEach(() => desk.close());

const login = (pair: typeof RIGHT, ip?: string, at = node) =>
  codeOf(Accounts.login(at, pair, { meta: { ...(ip && { ip }) } }));
const nobody = (n: number) => ({ ...WRONG, email: `nobody${n}@example.com` });
const eventsOfGuard = async () =>
  (await logOf(office, me.id)).filter(({ what }) => /signIns?(Failed|Locked)/.test(what));

describe("per network", () => {
  test("whoever tries one address after the other is locked after five, on every node", async () => {
    for (let n = 0; n < 5; n += 1) expect(await login(nobody(n), "203.0.113.7")).toBe("INVALID_CREDENTIALS");
    expect(await login(nobody(5), "203.0.113.7", desk.nodes[1])).toBe("TOO_MANY_ATTEMPTS");
    expect(await login(RIGHT, "203.0.113.7")).toBe("TOO_MANY_ATTEMPTS");
    expect(await login(RIGHT, "203.0.113.8")).toMatchObject({ result: {} });
    desk.clock.nowMs += 30_000;
    expect(await login(RIGHT, "203.0.113.7")).toMatchObject({ result: {} });
  });

  test("an account of one's own clears nothing", async () => {
    for (let n = 0; n < 4; n += 1) await login(nobody(n), "203.0.113.7");
    expect(await login(RIGHT, "203.0.113.7")).toMatchObject({ result: {} });
    await login(nobody(4), "203.0.113.7");
    expect(await login(nobody(5), "203.0.113.7")).toBe("TOO_MANY_ATTEMPTS");
  });

  test("all addresses of an IPv6 /64 are one", async () => {
    for (let n = 0; n < 5; n += 1) await login(nobody(n), `2001:db8:1:2:${n}::1`);
    expect(await login(nobody(5), "2001:db8:1:2:ffff::1")).toBe("TOO_MANY_ATTEMPTS");
    expect(await login(nobody(5), "2001:db8:1:3::1")).toBe("INVALID_CREDENTIALS");
  });

  test("of forty wrong guesses at once at forty addresses on two nodes five are judged", async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => login(nobody(n), "203.0.113.7", desk.nodes[n % 2]!)),
    );
    expect(answers.filter((answer) => answer === "INVALID_CREDENTIALS")).toHaveLength(5);
    expect(answers.filter((answer) => answer === "TOO_MANY_ATTEMPTS")).toHaveLength(35);
  });

  test("an account is locked from everywhere, wherever the guesses came from", async () => {
    for (let n = 0; n < 5; n += 1) await login(WRONG, `203.0.113.${n}`);
    expect(await login(RIGHT, "198.51.100.1")).toBe("TOO_MANY_ATTEMPTS");
  });

  test("nothing is counted where rate limits are off, and accounts still are", async () => {
    const lenient = { ...office, settings: { ...office.settings, rateLimits: false } };
    const ctx = { meta: { ip: "203.0.113.7" } } as CallContext;
    const guess = (n: number) =>
      guarded(lenient, ctx, { secret: "password", of: nobody(n).email, from: "anywhere", ownerId: undefined }, () =>
        Promise.resolve(false),
      );
    for (let n = 0; n < 10; n += 1) expect(await guess(n)).toBeUndefined();
    for (let time = 1; time < 5; time += 1) await guess(0);
    expect(await codeOf(guess(0))).toBe("TOO_MANY_ATTEMPTS");
  });
});

describe("per account", () => {
  test("each failure after a lock doubles it", async () => {
    for (let time = 0; time < 4; time += 1) await login(WRONG);
    for (const seconds of [30, 60, 120, 240, 480, 900, 900]) {
      expect(await login(WRONG)).toBe("INVALID_CREDENTIALS");
      await expect(Accounts.login(node, WRONG)).rejects.toMatchObject({ data: { retryAfterSeconds: seconds } });
      desk.clock.nowMs += seconds * 1000;
    }
  });

  test.each(["password", "secondFactor"] as const)(
    "a %s that is guessed in a session locks no sign-in",
    async (secret) => {
      const ctx = { meta: {} } as CallContext;
      const guess = { password: passwordOf, secondFactor: secondFactorOf }[secret](me, "session");
      for (let time = 0; time < 5; time += 1) await guarded(office, ctx, guess, () => Promise.resolve(false));
      expect(await codeOf(guarded(office, ctx, guess, () => Promise.resolve("right")))).toBe("TOO_MANY_ATTEMPTS");
      expect(await login(RIGHT)).toMatchObject({ result: {} });
    },
  );

  test("strangers who guess for good keep no member from a step-up and a new password", async () => {
    const { user, access } = await Accounts.register(node, { ...RIGHT, email: "hana@example.com" });
    const { sessionId } = (await office.tokens.verify(access))!;
    for (let n = 0; n < 5; n += 1) await login({ ...WRONG, email: "hana@example.com" }, `203.0.113.${n}`);
    expect(await login({ ...RIGHT, email: "hana@example.com" }, "198.51.100.1")).toBe("TOO_MANY_ATTEMPTS");
    const hana = { meta: { accountId: user.id, roles: ["member"], sessionId } };
    expect(await Accounts.stepUp(node, { password: RIGHT.password }, hana)).toBeNull();
    const change = { currentPassword: RIGHT.password, password: "staple tangerine orchard" };
    expect(await Accounts.changePassword(node, change, hana)).toBeNull();
  });

  test("the right password leaves wrong codes counted", async () => {
    const ctx = { meta: {} } as CallContext;
    const wrongCode = () => guarded(office, ctx, secondFactorOf(me, "anywhere"), () => Promise.resolve(undefined));
    for (let time = 0; time < 5; time += 1) {
      expect(await wrongCode()).toBeUndefined();
      await login(RIGHT);
    }
    expect(await codeOf(wrongCode())).toBe("TOO_MANY_ATTEMPTS");
  });

  test("what a mail has proved forgives the guesses", async () => {
    for (let time = 0; time < 5; time += 1) await login(WRONG);
    await forgive(office, passwordOf(me, "session"));
    expect(await login(RIGHT)).toMatchObject({ result: {} });
  });

  test("the guard gives what the check gave", async () => {
    const ctx = { meta: { ip: "203.0.113.7" } } as CallContext;
    expect(await guarded(office, ctx, passwordOf(me, "session"), () => Promise.resolve("right"))).toBe("right");
  });

  test("a check that could not be made is no wrong guess", async () => {
    const ctx = { meta: {} } as CallContext;
    const broken = () => guarded(office, ctx, passwordOf(me, "anywhere"), () => Promise.reject(new Error("no store")));
    for (let time = 0; time < 6; time += 1) await expect(broken()).rejects.toThrow("no store");
    expect(await login(RIGHT)).toMatchObject({ result: {} });
  });
});

describe("where an account signs in", () => {
  const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";
  const from = (ip: string, pair = RIGHT, at = node) =>
    codeOf(Accounts.login(at, pair, { meta: { ip, userAgent: firefox } }));
  beforeEach(async () => void (await from("192.0.2.10")));
  const guessedAtByStrangers = async (email = RIGHT.email) => {
    for (let n = 0; n < 5; n += 1) await from(`203.0.113.${n}`, { ...WRONG, email });
  };

  test("strangers' guesses lock nobody out, on no node, however long they go on", async () => {
    for (let round = 0; round < 3; round += 1) {
      await guessedAtByStrangers();
      expect(await from("198.51.100.1")).toBe("TOO_MANY_ATTEMPTS");
      for (const at of desk.nodes) expect(await from("192.0.2.99", RIGHT, at)).toMatchObject({ result: {} });
      expect(await from("198.51.100.1")).toBe("TOO_MANY_ATTEMPTS");
      desk.clock.nowMs += 15 * 60_000;
    }
  });

  test("a network that its neighbours' slips have locked lets in whom it knows, and nobody else", async () => {
    for (let n = 0; n < 5; n += 1) await from("192.0.2.10", nobody(n));
    expect(await from("192.0.2.10", nobody(5))).toBe("TOO_MANY_ATTEMPTS");
    expect(await from("192.0.2.10")).toMatchObject({ result: {} });
    expect(await from("192.0.2.10", nobody(5))).toBe("TOO_MANY_ATTEMPTS");
  });

  test("five guesses lock as well, there alone, and a mail forgives them", async () => {
    for (let n = 0; n < 5; n += 1) expect(await from(`192.0.2.${n}`, WRONG)).toBe("INVALID_CREDENTIALS");
    expect(await from("192.0.2.10")).toBe("TOO_MANY_ATTEMPTS");
    expect(await from("198.51.100.1")).toMatchObject({ result: {} });
    await forgive(office, passwordOf(me, "anywhere"));
    expect(await from("192.0.2.10")).toMatchObject({ result: {} });
  });

  test("elsewhere an address with an account is refused like one without, after the same looks", async () => {
    const looksFor = async (email: string) => {
      const [accounts, places] = [jest.spyOn(office.accounts, "byEmail"), jest.spyOn(office.signIns, "familiarPlace")];
      const memories = jest.spyOn(office.signIns, "failedAttempts");
      const answers: unknown[] = [];
      const ctx = { meta: { userAgent: firefox } } as CallContext;
      for (let n = 0; n < 7; n += 1) {
        ctx.meta.ip = `${email.length}.0.113.${n}`;
        answers.push(await codeOf(accountOfPair(office, ctx, { email, password: "incorrect" })));
      }
      const counts = [accounts, places, memories].map(({ mock }) => mock.calls.length);
      jest.restoreAllMocks();
      return [answers, counts];
    };
    const known = await looksFor(RIGHT.email);
    expect(known[0]).toEqual([...Array(5).fill("INVALID_CREDENTIALS"), ...Array(2).fill("TOO_MANY_ATTEMPTS")]);
    expect(await looksFor("nobody@example.com")).toEqual(known);
  });
});

describe("the owner's log", () => {
  test("tells of the first failure and of each lock, however many fail", async () => {
    for (let time = 0; time < 20; time += 1) await login(WRONG, "203.0.113.7");
    desk.clock.nowMs += 30_000;
    for (let time = 0; time < 20; time += 1) await login(WRONG, "203.0.113.7");
    await eventually(async () =>
      expect((await eventsOfGuard()).map(({ what, ip, detail }) => [what, ip, detail])).toEqual([
        ["signInsLocked", "203.0.113.7", { secret: "password", failures: "6" }],
        ["signInsLocked", "203.0.113.7", { secret: "password", failures: "5" }],
        ["signInFailed", "203.0.113.7", { secret: "password", failures: "1" }],
      ]),
    );
  });
});

test("neither e-mail nor IP address stands in what is kept of failures", async () => {
  await login(WRONG, "203.0.113.7");
  const spied: string[] = [];
  const signIns = {
    ...office.signIns,
    failedAttempts: async (about: string) => {
      const memory = await office.signIns.failedAttempts(about);
      spied.push(JSON.stringify([about, memory]));
      return memory;
    },
  };
  const ctx = { meta: { ip: "203.0.113.7" } } as CallContext;
  await guarded({ ...office, signIns }, ctx, passwordOf(me, "anywhere"), () => Promise.resolve(false));
  expect(spied.join()).toContain('"failures":1');
  expect(spied.join()).not.toMatch(/minji|203\.0/);
});
