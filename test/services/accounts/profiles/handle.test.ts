import fc from "fast-check";
import { Email, Handle } from "../../../../services/accounts/accounts.contract.ts";
import { handleCandidates } from "../../../../services/accounts/profiles/handle.ts";

const first = (email: string) => handleCandidates(email).next().value;

describe("handleCandidates", () => {
  test.each([
    ["minji@example.com", "minji"],
    ["Min.Ji_Kim@example.com", "min.ji_kim"],
    ["minji+market@example.com", "minji"],
    ["o'brien-jones@example.com", "obrienjones"],
    ["_minji_@example.com", "minji"],
    ["a.very.long.name.that.never.ends@example.com", "a.very.long.name.that.nev"],
  ])("%s is first offered %s", (email, handle) => {
    expect(first(email)).toBe(handle);
  });

  test("a name too short for a handle gets a tail, an unusable one a fruit", () => {
    expect(first("kim@example.com")).toMatch(/^kim\.[a-z0-9]{4}$/);
    expect(first("-@example.com")).toMatch(/^[a-z]+\.[a-z0-9]{4}$/);
  });

  test("for any e-mail address there are several handles, each valid and different", () => {
    fc.assert(
      fc.property(
        fc.emailAddress().filter((email) => Email.safeParse(email).success),
        (email) => {
          const candidates = [...handleCandidates(email)];
          expect(candidates.every((handle) => Handle.safeParse(handle).success)).toBe(true);
          expect(new Set(candidates).size).toBe(candidates.length);
          expect(candidates.length).toBeGreaterThan(5);
        },
      ),
    );
  });
});
