import fc from "fast-check";
import { sealing } from "../../mixins/sealing.ts";

const safe = sealing("a secret", "tests");

test("what was sealed can be read again, and not without the secret", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, about) => {
      const sealed = safe.seal(text, about);
      expect(safe.unseal(sealed, about)).toBe(Buffer.from(text).toString());
      expect(safe.seal(text, about)).not.toBe(sealed);
    }),
  );
});

test.each([
  ["with another secret", () => sealing("another secret", "tests")],
  ["for another purpose", () => sealing("a secret", "something else")],
])("what was sealed %s stays closed", (_how, other) => {
  expect(safe.unseal(other().seal("text", "a"), "a")).toBeUndefined();
});

test("what was sealed about something else, altered, cut or made up stays closed", () => {
  const sealed = safe.seal("text", "a");
  const bytes = Buffer.from(sealed, "base64url");
  const altered = bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)).toString();
  for (const text of [altered, sealed.slice(0, 20), sealed.slice(4), "", "nonsense"]) {
    expect(safe.unseal(text, "a")).toBeUndefined();
  }
  expect(safe.unseal(sealed, "b")).toBeUndefined();
});
