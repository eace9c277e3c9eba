import type { ServiceBroker } from "moleculer";
import type { CallContext } from "../../../../mixins/answer.ts";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import type { Office } from "../../../../services/accounts/office.ts";
import { forgive, guarded, passwordOf, secondFactorOf } from "../../../../services/accounts/sign-in/login-guard.ts";
import { eventually } from "../../../eventually.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";

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
  (await office.events.of(me.id, { limit: 100 })).items.filter(({ what }) => /signIns?(Failed|Locked)/.test(what));

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
      guarded(lenient, ctx, { secret: "password", of: nobody(n).email, owner: () => undefined }, () =>
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

  test("a failure at a step-up counts for the sign-in, and one of its codes does not", async () => {
    const ctx = { meta: {} } as CallContext;
    for (let time = 0; time < 4; time += 1) await guarded(office, ctx, passwordOf(me), () => Promise.resolve(false));
    for (let time = 0; time < 5; time += 1) {
      await guarded(office, ctx, secondFactorOf(me), () => Promise.resolve(undefined));
    }
    expect(await login(WRONG)).toBe("INVALID_CREDENTIALS");
    expect(await login(RIGHT)).toBe("TOO_MANY_ATTEMPTS");
  });

  test("the right password leaves wrong codes counted", async () => {
    const ctx = { meta: {} } as CallContext;
    const wrongCode = () => guarded(office, ctx, secondFactorOf(me), () => Promise.resolve(undefined));
    for (let time = 0; time < 5; time += 1) {
      expect(await wrongCode()).toBeUndefined();
      await login(RIGHT);
    }
    expect(await codeOf(wrongCode())).toBe("TOO_MANY_ATTEMPTS");
  });

  test("what a mail has proved forgives the guesses", async () => {
    for (let time = 0; time < 5; time += 1) await login(WRONG);
    await forgive(office, passwordOf(me));
    expect(await login(RIGHT)).toMatchObject({ result: {} });
  });

  test("the guard gives what the check gave", async () => {
    const ctx = { meta: { ip: "203.0.113.7" } } as CallContext;
    expect(await guarded(office, ctx, passwordOf(me), () => Promise.resolve("right"))).toBe("right");
  });

  test("a check that could not be made is no wrong guess", async () => {
    const ctx = { meta: {} } as CallContext;
    const broken = () => guarded(office, ctx, passwordOf(me), () => Promise.reject(new Error("no store")));
    for (let time = 0; time < 6; time += 1) await expect(broken()).rejects.toThrow("no store");
    expect(await login(RIGHT)).toMatchObject({ result: {} });
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
  await guarded({ ...office, signIns }, ctx, passwordOf(me), () => Promise.resolve(false));
  expect(spied.join()).toContain('"failures":1');
  expect(spied.join()).not.toMatch(/minji|203\.0/);
});
