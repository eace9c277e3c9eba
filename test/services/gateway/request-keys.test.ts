import { requestKeys } from "../../../services/gateway/request-keys.ts";

const SECRET = "a secret for tests only, 32 bytes";
const keysBy =
  (secret: string) =>
  (key = "key-1", caller = "ada", route = "cars.make", request: unknown = { name: "lamp" }) =>
    requestKeys(secret)(key, caller, route, request);
const keys = keysBy(SECRET);

test("the same request has the same slot and fingerprint", () => {
  const [one, two] = [keys(), keys()];
  expect([one.slot, one.fingerprint]).toEqual([two.slot, two.fingerprint]);
});

test.each([
  ["key", keys("key-2"), true],
  ["caller", keys("key-1", "bob"), true],
  ["route", keys("key-1", "ada", "cars.edit"), true],
  ["body", keys("key-1", "ada", "cars.make", { name: "chair" }), false],
])("another %s is told apart", (_what, other, otherSlot) => {
  expect(other.slot !== keys().slot).toBe(otherSlot);
  if (!otherSlot) expect(other.fingerprint).not.toBe(keys().fingerprint);
});

test("an answer can be read by the same request only", () => {
  const sealed = keys().seal("the tökens");
  expect(sealed).not.toContain(Buffer.from("the t").toString("base64").slice(0, 5));
  expect(keys().unseal(sealed)).toBe("the tökens");
  for (const other of [keys("key-2"), keys("key-1", "bob"), keys("key-1", "ada", "cars.make", { name: "chair" })]) {
    expect(other.unseal(sealed)).toBeUndefined();
  }
  expect(keys().seal("the tökens")).not.toBe(sealed);
});

test("without the secret nobody who reads the store can try requests out, or open an answer", () => {
  const theirs = keysBy("another secret for tests, 32 bytes")();
  expect(theirs.fingerprint).not.toBe(keys().fingerprint);
  expect(theirs.slot).not.toBe(keys().slot);
  expect(theirs.unseal(keys().seal("the tokens"))).toBeUndefined();
});

test("what was altered is opened by nobody", () => {
  const sealed = keys().seal("the tokens");
  expect(keys().unseal(`${sealed.slice(0, -4)}AAAA`)).toBeUndefined();
  expect(keys().unseal("")).toBeUndefined();
});
