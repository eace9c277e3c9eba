import fc from "fast-check";
import { Handle } from "../../../../services/accounts/accounts.contract.ts";
import { handleCandidates } from "../../../../services/accounts/profiles/handle.ts";

test("for a new account there are several handles, each valid and different, a fruit's", () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
      const candidates = [...handleCandidates((below) => numbers.next().value! % below)];
      expect(candidates.every((handle) => Handle.safeParse(handle).success)).toBe(true);
      expect(candidates.every((handle) => /^[a-z]+\.[a-z2-9]{6,12}$/.test(handle))).toBe(true);
      expect(new Set(candidates).size).toBe(candidates.length);
      expect(candidates.length).toBeGreaterThan(5);
    }),
  );
});

test("two accounts are hardly ever offered the same", () => {
  const offered = Array.from({ length: 1000 }, () => handleCandidates().next().value);
  expect(new Set(offered).size).toBe(1000);
});
