import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { requestKeys } from "../../../services/gateway/request-keys.ts";
import { accessOf, openStall, SECRET, type Stall } from "./stall.ts";

let now = Date.parse("2026-01-01");
let stall: Stall;
let ada: string;
let bob: string;
beforeAll(async () => {
  stall = await openStall({ ports: { clock: () => now } });
  [ada, bob] = await Promise.all([accessOf("ada", "member"), accessOf("bob", "member")]);
});
afterAll(() => stall.close());
beforeEach(() => {
  stall.calls.length = 0;
  stall.onceKeys.length = 0;
  stall.hold = undefined;
});

const make = (key: string, body: unknown = { name: "lamp" }, token = ada) =>
  stall.send("POST", "/api/things", { headers: { authorization: `Bearer ${token}`, "idempotency-key": key }, body });

/** Holds `make` until the function that comes back is called. */
function hold(): () => void {
  let release = () => {};
  stall.hold = new Promise((resolve) => (release = resolve));
  return release;
}

const running = async () => {
  while (stall.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
};

test("the same request twice runs once and gets the first answer again", async () => {
  const key = randomUUID();
  const [first, again] = [await make(key), await make(key)];
  expect([first.status, again.status, stall.calls]).toEqual([201, 201, ["make"]]);
  expect([again.text, again.headers.get("location"), again.headers.get("etag")]).toEqual([
    first.text,
    first.headers.get("location"),
    first.headers.get("etag"),
  ]);
  expect([first, again].map(({ headers }) => headers.get("idempotency-replayed"))).toEqual([null, "true"]);
});

test("a refusal is an answer, too", async () => {
  const key = randomUUID();
  const [first, again] = [await make(key, { name: "gone" }), await make(key, { name: "gone" })];
  expect([first.status, again.text, stall.calls]).toEqual([409, first.text, ["make"]]);
});

test.each([401, 403, 429] as const)(
  "what is refused with %d is heard again, under the same once-key",
  async (status) => {
    const key = randomUUID();
    stall.refuseOnce = status;
    expect((await make(key)).status).toBe(status);
    const [heard, again] = [await make(key), await make(key)];
    expect([heard.status, heard.headers.get("idempotency-replayed")]).toEqual([201, null]);
    expect([again.text, again.headers.get("idempotency-replayed")]).toEqual([heard.text, "true"]);
    expect([stall.calls, new Set(stall.onceKeys).size]).toEqual([["make", "make"], 1]);
  },
);

test("the cookies of a sign-in come again", async () => {
  const signIn = () =>
    stall.send("POST", "/api/sign-in", { headers: { "idempotency-key": "sign-in-1" }, body: { name: "ada" } });
  const [first, again] = [await signIn(), await signIn()];
  expect(again.headers.getSetCookie()).toEqual(first.headers.getSetCookie());
  expect(stall.calls).toEqual(["signIn"]);
});

test("the same key with another body is refused", async () => {
  const key = randomUUID();
  await make(key);
  const other = await make(key, { name: "chair" });
  expect([other.status, other.body.code, stall.calls]).toEqual([422, "IDEMPOTENCY_KEY_REUSED", ["make"]]);
});

test("a key belongs to its caller and its route", async () => {
  const key = randomUUID();
  await make(key);
  expect((await make(key, { name: "chair" }, bob)).status).toBe(201);
  const say = await stall.send("POST", "/api/say", { headers: { "idempotency-key": key }, body: { text: "a" } });
  expect(say.headers.get("idempotency-replayed")).toBeNull();
});

test("a stranger who knows the key but not the request learns nothing", async () => {
  const signIn = (name: string, agent: string) =>
    stall.send("POST", "/api/sign-in", {
      headers: { "idempotency-key": "guessed", "user-agent": agent },
      body: { name },
    });
  const first = await signIn("ada", "a");
  expect((await signIn("eve", "a")).status).toBe(422);
  expect((await signIn("ada", "b")).headers.get("idempotency-replayed")).toBeNull();
  const files = readdirSync(stall.directory).map((file) => readFileSync(path.join(stall.directory, file), "latin1"));
  expect(files.join()).toContain("fingerprint");
  for (const secret of [first.body.access, "refresh-of-ada", "guessed"]) expect(files.join()).not.toContain(secret);
});

test("while the first runs the second is told to wait", async () => {
  const key = randomUUID();
  const release = hold();
  const first = make(key);
  await running();
  const second = await make(key);
  expect([second.status, second.body.code, second.headers.get("retry-after")]).toEqual([
    409,
    "IDEMPOTENCY_IN_PROGRESS",
    "1",
  ]);
  release();
  expect((await first).status).toBe(201);
  expect((await make(key)).headers.get("idempotency-replayed")).toBe("true");
});

test("of fifty at once one runs", async () => {
  const key = randomUUID();
  const answers = await Promise.all(Array.from({ length: 50 }, () => make(key)));
  expect(stall.calls).toEqual(["make"]);
  for (const { status } of answers) expect([201, 409]).toContain(status);
});

test("an answer that is our fault is not kept, and the repetition has the same once-key", async () => {
  const key = randomUUID();
  expect((await make(key, { name: "broken" })).status).toBe(500);
  expect((await make(key, { name: "broken" })).status).toBe(500);
  expect(stall.calls).toEqual(["make", "make"]);
  expect(new Set(stall.onceKeys).size).toBe(1);
  expect(stall.onceKeys[0]).toMatch(/\S{20}/);
});

test("what a crash left is taken over after the lease, under the same once-key, by one of many", async () => {
  const key = randomUUID();
  const release = hold();
  const crashed = make(key);
  await running();
  expect((await make(key)).status).toBe(409);
  now += 3_600_000;
  const retries = Promise.all(Array.from({ length: 20 }, () => make(key)));
  while (stall.calls.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  release();
  const statuses = (await retries).map(({ status }) => status);
  await crashed;
  expect(statuses.filter((status) => status === 201).length).toBeGreaterThanOrEqual(1);
  expect(stall.calls).toEqual(["make", "make"]);
  expect(new Set(stall.onceKeys).size).toBe(1);
});

test("what a process left that is gone is taken over soon after its deadline, and what a living one runs is not", async () => {
  const key = randomUUID();
  const release = hold();
  const crashed = make(key);
  await running();
  now += 6000;
  expect((await make(key)).status).toBe(409);
  const { slot } = requestKeys(SECRET)(key, "ada", "things.make", {});
  const record = await stall.store.bySlot(slot);
  await stall.store.change(record!, { holder: "a life that has ended" });
  const again = make(key);
  while (stall.calls.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  release();
  expect((await again).status).toBe(201);
  await crashed;
  expect(new Set(stall.onceKeys).size).toBe(1);
});

test("after a day the key is free, and a new request has a new once-key", async () => {
  const key = randomUUID();
  await make(key);
  now += 25 * 3_600_000;
  const later = await make(key, { name: "chair" });
  expect([later.status, later.headers.get("idempotency-replayed")]).toEqual([201, null]);
  expect(new Set(stall.onceKeys).size).toBe(2);
});

test("records that expired are purged, others stay", async () => {
  const [old, young] = [randomUUID(), randomUUID()];
  await make(old);
  now += 20 * 3_600_000;
  await make(young);
  now += 5 * 3_600_000;
  expect(await stall.store.purge(now)).toBeGreaterThan(0);
  expect(await stall.store.purge(now)).toBe(0);
  expect((await make(young)).headers.get("idempotency-replayed")).toBe("true");
});

test("however many have expired, one call purges them", async () => {
  const expired = { fingerprint: "f", state: "free" as const, holder: "h", dueAt: 0, leaseUntil: 0, answer: null };
  await Promise.all(
    Array.from({ length: 1203 }, (_, n) => stall.store.claim({ ...expired, slot: `expired-${n}`, expiresAt: 1 })),
  );
  expect(await stall.store.purge(2)).toBe(1203);
});

test("of what strangers are answered only small answers are kept, others are made anew", async () => {
  const replayed = async (id: string, signedIn: Record<string, string> = {}) => {
    const headers = { "idempotency-key": randomUUID(), ...signedIn };
    const infer = () => stall.send("POST", "/v2/infer", { headers, body: { id } });
    const [first, again] = [await infer(), await infer()];
    expect([first.status, again.status, again.text]).toEqual([200, 200, first.text]);
    return again.headers.get("idempotency-replayed");
  };
  expect(await replayed("x".repeat(15_000))).toBe("true");
  expect(await replayed("x".repeat(16_000))).toBeNull();
  expect(await replayed("한".repeat(5500))).toBeNull();
  expect(await replayed("x".repeat(16_000), { authorization: `Bearer ${ada}` })).toBe("true");
});

test.each(["", "x".repeat(129), "with blank", "schlüssel"])("a key like %j is refused by name", async (key) => {
  const { status, body } = await make(key);
  expect([status, body.errors[0].path]).toEqual([422, "Idempotency-Key"]);
});

test("without a key every request runs, without a once-key", async () => {
  const headers = { authorization: `Bearer ${ada}` };
  for (let i = 0; i < 2; i++) await stall.send("POST", "/api/things", { headers, body: { name: "a" } });
  expect([stall.calls, stall.onceKeys]).toEqual([
    ["make", "make"],
    [undefined, undefined],
  ]);
});
