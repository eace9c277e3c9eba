import fc from "fast-check";
import { admission, type Admission, type Holder } from "../../../../services/accounts/providers/admission.ts";

const madeByProvider: Holder = {
  status: "active",
  hasPassword: false,
  emailVerified: true,
  hasOtherIdentity: false,
};

test.each<[string, boolean, Holder | undefined, Admission]>([
  ["nobody has the address", true, undefined, "newAccount"],
  ["nobody has the address, which is not verified", false, undefined, "unverified"],
  ["an account without a password has it", true, madeByProvider, "link"],
  ["that one is suspended", true, { ...madeByProvider, status: "suspended" }, "suspended"],
  [
    "that one knows somebody else of this provider",
    true,
    { ...madeByProvider, hasOtherIdentity: true },
    "accountExists",
  ],
  ["that one has not verified its address", true, { ...madeByProvider, emailVerified: false }, "accountExists"],
  ["an account with a password has it", true, { ...madeByProvider, hasPassword: true }, "accountExists"],
  [
    "somebody registered it with a password, unverified, to lie in wait",
    true,
    { ...madeByProvider, hasPassword: true, emailVerified: false },
    "accountExists",
  ],
  ["the address is not verified, whoever has it", false, madeByProvider, "unverified"],
])("%s (provider verified: %s)", (_case, emailVerified, holder, verdict) => {
  expect(admission({ emailVerified, holder })).toBe(verdict);
});

const anyHolder = fc.record<Holder>({
  status: fc.constantFrom("active", "suspended"),
  hasPassword: fc.boolean(),
  emailVerified: fc.boolean(),
  hasOtherIdentity: fc.boolean(),
});

test("nothing is linked unless both sides verified the address and nobody could be pushed aside", () => {
  fc.assert(
    fc.property(fc.boolean(), fc.option(anyHolder, { nil: undefined }), (emailVerified, holder) => {
      if (admission({ emailVerified, holder }) !== "link") return;
      expect([emailVerified, holder]).toEqual([true, madeByProvider]);
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
