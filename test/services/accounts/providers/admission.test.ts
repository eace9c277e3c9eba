import fc from "fast-check";
import { admission, type Admission, type Holder } from "../../../../services/accounts/providers/admission.ts";

const husk: Holder = {
  status: "active",
  emailVerified: true,
  isOpenable: false,
};

test.each<[string, boolean, Holder | undefined, Admission]>([
  ["nobody has the address", true, undefined, "newAccount"],
  ["nobody has the address, which is not verified", false, undefined, "unverified"],
  ["an account that nothing opens has it", true, husk, "link"],
  ["that one is suspended", true, { ...husk, status: "suspended" }, "suspended"],
  ["that one has not verified its address", true, { ...husk, emailVerified: false }, "accountExists"],
  ["an account that something else opens has it", true, { ...husk, isOpenable: true }, "accountExists"],
  [
    "somebody registered it, unverified, to lie in wait",
    true,
    { ...husk, isOpenable: true, emailVerified: false },
    "accountExists",
  ],
  ["the address is not verified, whoever has it", false, husk, "unverified"],
])("%s (provider verified: %s)", (_case, emailVerified, holder, verdict) => {
  expect(admission({ emailVerified, holder })).toBe(verdict);
});

const anyHolder = fc.record<Holder>({
  status: fc.constantFrom("active", "suspended"),
  emailVerified: fc.boolean(),
  isOpenable: fc.boolean(),
});

test("nothing is linked unless both sides verified the address and nobody could be pushed aside", () => {
  fc.assert(
    fc.property(fc.boolean(), fc.option(anyHolder, { nil: undefined }), (emailVerified, holder) => {
      if (admission({ emailVerified, holder }) !== "link") return;
      expect([emailVerified, holder]).toEqual([true, husk]);
    }),
  );
});

test("an address that somebody has never makes a second account", () => {
  fc.assert(
    fc.property(fc.boolean(), anyHolder, (emailVerified, holder) => {
      expect(admission({ emailVerified, holder })).not.toBe("newAccount");
    }),
  );
});
