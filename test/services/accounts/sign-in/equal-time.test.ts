import { setTimeout as pause } from "node:timers/promises";
import { hash } from "@node-rs/argon2";
import type { ServiceBroker } from "moleculer";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import type { AccountFields } from "../../../../services/accounts/accounts.store.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";

/**
 * Whoever measures how long a refusal takes must not learn whether an address has an account. Times of both kinds are
 * taken in turn and compared by rank: 0.5 means that a time tells nothing, 0 or 1 that it tells all (the probability
 * that a time of one kind is longer than one of the other: Mann and Whitney's U by the number of pairs).
 */
const SAMPLES = 30;
const TRIES = 6;
/** With 30 samples of equal distributions chance reaches this in one of 500 tries. */
const TELLS_LITTLE = 0.23;

let desk: Desk;
let node: ServiceBroker;
beforeAll(async () => {
  desk = await openDesk();
  node = desk.nodes[0]!;
});
afterAll(() => desk.close());

const longerShare = (some: readonly number[], others: readonly number[]) =>
  some.flatMap((a) => others.map((b) => (a > b ? 1 : a === b ? 0.5 : 0))).reduce<number>((sum, one) => sum + one, 0) /
  (some.length * others.length);

async function refusalMs(email: string): Promise<number> {
  // Failures are forgotten, and what is done after the answer is done: every guess is a first one.
  desk.clock.nowMs += 3600_000;
  await pause(2);
  const start = performance.now();
  expect(await codeOf(Accounts.login(node, { email, password: "incorrect horse" }))).toBe("INVALID_CREDENTIALS");
  return performance.now() - start;
}

async function account(email: string, state: Partial<AccountFields>): Promise<void> {
  const { user } = await Accounts.register(node, { email, password: "correct horse battery" });
  const read = (await desk.office.accounts.byId(user.id))!;
  expect(await desk.office.accounts.change(read, state)).toBeDefined();
}

test.each<[string, () => Promise<Partial<AccountFields>>]>([
  ["an account", async () => ({})],
  [
    "an account with a hash of less work",
    async () => ({ passwordHash: await hash("correct horse", { memoryCost: 4096, timeCost: 1, parallelism: 1 }) }),
  ],
])("the time of a refusal does not tell %s from an address without one", async (whose, state) => {
  const known = `${whose.replaceAll(" ", ".")}@example.com`;
  await account(known, await state());
  let share = 1;
  for (let tries = 1; tries <= TRIES && Math.abs(share - 0.5) > TELLS_LITTLE; tries += 1) {
    const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] };
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const order = sample % 2 === 0 ? (["known", "unknown"] as const) : (["unknown", "known"] as const);
      for (const kind of order) times[kind].push(await refusalMs(kind === "known" ? known : "nobody@example.com"));
    }
    share = longerShare(times.known, times.unknown);
  }
  expect(Math.abs(share - 0.5)).toBeLessThanOrEqual(TELLS_LITTLE);
});

test("the comparison would tell: a check without the work of a hash is another distribution", async () => {
  await account("locked@example.com", {});
  const refused: number[] = [];
  const locked: number[] = [];
  for (let sample = 0; sample < 12; sample += 1) refused.push(await refusalMs("nobody@example.com"));
  for (let time = 0; time < 5; time += 1) {
    await codeOf(Accounts.login(node, { email: "locked@example.com", password: "incorrect" }));
  }
  for (let sample = 0; sample < 12; sample += 1) {
    const start = performance.now();
    expect(await codeOf(Accounts.login(node, { email: "locked@example.com", password: "x" }))).toBe(
      "TOO_MANY_ATTEMPTS",
    );
    locked.push(performance.now() - start);
  }
  expect(Math.abs(longerShare(refused, locked) - 0.5)).toBeGreaterThan(TELLS_LITTLE);
});
