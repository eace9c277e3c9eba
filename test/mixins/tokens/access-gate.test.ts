import { ServiceBroker } from "moleculer";
import { accessGate, type AccessGate } from "../../../mixins/tokens/access-gate.ts";
import { ACCESS_LIFE_MS } from "../../../mixins/tokens/access-token.ts";
import { KeysUnknown } from "../../../mixins/tokens/access-verifier.ts";
import { keyCache } from "../../../mixins/tokens/key-cache.ts";
import { eventually } from "../../eventually.ts";
import { testIssuer, type TestIssuer } from "../../token-issuer.ts";

const claims = { accountId: "ada", roles: ["member"], sessionId: "session-of-ada" };
const endingOf = (about: string) => {
  const atMs = Date.now();
  return { about, atMs, forgottenAtMs: atMs + ACCESS_LIFE_MS };
};

let issuer: TestIssuer;
let gate: AccessGate;
let broker: ServiceBroker;
let token: string;
beforeEach(async () => {
  issuer = testIssuer();
  gate = accessGate(issuer);
  broker = new ServiceBroker({ logger: false, skipProcessEventRegistration: true });
  broker.createService({ name: "edge", mixins: [gate.mixin] });
  token = await issuer.sign(claims, Date.now());
});
afterEach(() => broker.stop());
const isGood = async (shown = token) => (await gate.verifier.verify(shown)) !== undefined;

test("an edge tells good tokens as soon as it has started", async () => {
  await broker.start();
  expect(await gate.verifier.verify(token)).toMatchObject(claims);
});

test("one that knows what ended before it started refuses it from its first moment", async () => {
  issuer.ended.push(endingOf(claims.sessionId));
  await broker.start();
  expect(await isGood()).toBe(false);
});

test("an ending that is told is known at once, and a lost one soon", async () => {
  await broker.start();
  const later = await issuer.sign({ ...claims, accountId: "bob", sessionId: "session-of-bob" }, Date.now());
  expect([await isGood(), await isGood(later)]).toEqual([true, true]);
  await broker.broadcast(issuer.event, { endings: [endingOf("session-of-ada")] });
  expect([await isGood(), await isGood(later)]).toEqual([false, true]);
  issuer.ended.push(endingOf("bob"));
  await eventually(async () => expect(await isGood(later)).toBe(false));
});

test("while the issuer is away the edge goes on with what it knows, and catches up when it is back", async () => {
  await broker.start();
  issuer.isAway = true;
  expect(await isGood()).toBe(true);
  expect(await isGood(await testIssuer("unknown").sign(claims, Date.now()))).toBe(false);
  issuer.ended.push(endingOf(claims.sessionId));
  expect(await isGood()).toBe(true);
  issuer.isAway = false;
  await eventually(async () => expect(await isGood()).toBe(false));
});

test("an edge that has learnt nothing yet tells nothing, until the issuer is there", async () => {
  issuer.isAway = true;
  await broker.start();
  await expect(gate.verifier.verify(token)).rejects.toThrow(KeysUnknown);
  issuer.isAway = false;
  expect(await isGood()).toBe(true);
});

test("an edge that starts anew learns anew, also where another issuer has taken over", async () => {
  await broker.start();
  await broker.stop();
  const successor = testIssuer();
  issuer.published = [successor.publicKey];
  const again = new ServiceBroker({ logger: false, skipProcessEventRegistration: true });
  again.createService({ name: "edge", mixins: [gate.mixin] });
  await again.start();
  expect([await isGood(), await isGood(await successor.sign(claims, Date.now()))]).toEqual([false, true]);
  await again.stop();
});

describe("keys", () => {
  test("that are new are asked for when a token names them, those that were withdrawn are believed no more", async () => {
    const keys = keyCache(() => issuer.keys(broker));
    const next = testIssuer("key-2");
    expect(await keys.keyOf("key-1")).toBeDefined();
    issuer.published = [next.publicKey];
    await keys.refresh();
    expect([await keys.keyOf("key-1"), await keys.keyOf("key-2")]).toEqual([undefined, expect.anything()]);
  });

  test("stay the same object while they are published, another key under the same name is another one", async () => {
    const keys = keyCache(() => issuer.keys(broker));
    const first = await keys.keyOf("key-1");
    await keys.refresh();
    expect(await keys.keyOf("key-1")).toBe(first);
    issuer.published = [testIssuer("key-1").publicKey];
    await keys.refresh();
    expect(await keys.keyOf("key-1")).not.toBe(first);
  });

  test("with made-up names do not send anybody asking each time", async () => {
    await broker.start();
    const before = issuer.asked;
    const forged = await Promise.all(
      Array.from({ length: 200 }, (_, n) => testIssuer(`made-up-${n}`).sign(claims, Date.now())),
    );
    expect((await Promise.all(forged.map(isGood))).filter(Boolean)).toEqual([]);
    expect(issuer.asked - before).toBeLessThanOrEqual(2);
  });
});
