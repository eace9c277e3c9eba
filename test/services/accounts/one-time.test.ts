import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Store } from "../../../mixins/collection/collection.ts";
import { sqliteStore } from "../../../mixins/collection/sqlite-store.ts";
import { openOneTimeTokens, type OneTimeTokens } from "../../../services/accounts/one-time.ts";

const clock = { nowMs: 1_000_000 };
const LIFE_MS = 60_000;
let directory: string;
let store: Store;
let tokens: OneTimeTokens;
beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "one-time-"));
  store = sqliteStore({ directory });
  tokens = await openOneTimeTokens(store.open, () => clock.nowMs);
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

const issue = (kind: "resetPassword" | "pendingSignIn", accountId: string) =>
  tokens.issue({ kind, accountId, lifeMs: LIFE_MS });

test("a token is spent once, by one of many, and for its purpose alone", async () => {
  const token = await issue("resetPassword", "minji");
  expect(await tokens.spend("pendingSignIn", token)).toBeUndefined();
  const spent = await Promise.all([1, 2, 3].map(() => tokens.spend("resetPassword", token)));
  expect(spent.filter(Boolean)).toEqual([{ accountId: "minji", data: {} }]);
});

test("a sweep takes all that have expired, however many, and no others", async () => {
  await Promise.all(Array.from({ length: 601 }, () => issue("pendingSignIn", "minji")));
  clock.nowMs += LIFE_MS;
  const good = await issue("pendingSignIn", "minji");
  expect(await tokens.purge(clock.nowMs)).toBe(601);
  expect(await tokens.look("pendingSignIn", good)).toBeDefined();
});

test("to withdraw takes all of a kind, however many, and nobody else's", async () => {
  await Promise.all(Array.from({ length: 601 }, () => issue("pendingSignIn", "minji")));
  const [reset, other] = [await issue("resetPassword", "minji"), await issue("pendingSignIn", "jiho")];
  await tokens.withdraw("pendingSignIn", "minji");
  expect(await tokens.look("resetPassword", reset)).toBeDefined();
  await tokens.withdrawAll("minji");
  expect(await tokens.look("resetPassword", reset)).toBeUndefined();
  expect(await tokens.look("pendingSignIn", other)).toBeDefined();
  clock.nowMs += LIFE_MS;
  expect(await tokens.purge(clock.nowMs)).toBe(1);
});
