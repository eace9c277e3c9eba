import { hash } from "@node-rs/argon2";
import { hashPassword, isOutdated, matchesPassword } from "../../../../services/accounts/credentials/password-hash.ts";

const PASSWORD = "correct horse battery";
const made = (memoryCost: number, timeCost: number) =>
  hash(PASSWORD, { algorithm: 2, memoryCost, timeCost, parallelism: 1 });

test("a hash says how it was made, and no two are the same", async () => {
  const [one, other] = await Promise.all([hashPassword(PASSWORD), hashPassword(PASSWORD)]);
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(one).not.toBe(other);
});

test.each([
  ["today's", 19_456, 2, false],
  ["one of more memory", 32_768, 2, false],
  ["one of more passes", 19_456, 3, false],
  ["one of less memory", 8192, 2, true],
  ["one of fewer passes", 19_456, 1, true],
])("%s is outdated: %#", async (_which, memoryCost, timeCost, outdated) => {
  const passwordHash = await made(memoryCost, timeCost);
  expect(isOutdated(passwordHash)).toBe(outdated);
  expect(await matchesPassword(passwordHash, PASSWORD)).toBe(true);
  expect(await matchesPassword(passwordHash, "incorrect horse")).toBe(false);
});

test("a hash of another kind is outdated", async () => {
  const argon2i = await hash(PASSWORD, { algorithm: 1, memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  expect(isOutdated(argon2i)).toBe(true);
});

test("no password fits an account that has none", async () => {
  expect(await matchesPassword(undefined, PASSWORD)).toBe(false);
  expect(await matchesPassword(undefined, "")).toBe(false);
});

test("more checks at once than can be done in time are refused, and the loop goes on meanwhile", async () => {
  const passwordHash = await hashPassword(PASSWORD);
  let ticks = 0;
  const ticking = setInterval(() => (ticks += 1), 1);
  const answers = await Promise.allSettled(Array.from({ length: 210 }, () => matchesPassword(passwordHash, PASSWORD)));
  clearInterval(ticking);
  const refused = answers.filter((answer) => answer.status === "rejected");
  expect(refused).toHaveLength(10);
  expect(refused[0]).toMatchObject({ reason: { type: "SIGN_IN_UNAVAILABLE" } });
  expect(ticks).toBeGreaterThan(10);
});
