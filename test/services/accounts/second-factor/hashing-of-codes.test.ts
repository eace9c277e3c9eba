import type * as Argon2 from "@node-rs/argon2";
import { hashRaw } from "@node-rs/argon2";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import { withinCapacity } from "../../../../services/accounts/credentials/password-hash.ts";
import { hashedCode } from "../../../../services/accounts/second-factor/recovery-codes.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";
import { Person } from "./person.ts";

jest.mock("@node-rs/argon2", () => {
  const argon2 = jest.requireActual<typeof Argon2>("@node-rs/argon2");
  return { ...argon2, hashRaw: jest.fn(argon2.hashRaw) };
});
const hashes = jest.mocked(hashRaw).mock;

let desk: Desk;
beforeAll(async () => void (desk = await openDesk()));
afterAll(() => desk.close());

test("nothing is hashed for who has no app set up, and for a wrong first code", async () => {
  const person = await Person.signUp(desk);
  const before = hashes.calls.length;
  const renewals = Array.from({ length: 20 }, () =>
    codeOf(Accounts.renewRecoveryCodes(person.node, {}, person.calling)),
  );
  expect(new Set(await Promise.all(renewals))).toEqual(new Set(["TOTP_NOT_ENABLED"]));
  await Accounts.enrolTotp(person.node, {}, person.calling);
  const confirmed = codeOf(Accounts.confirmTotp(person.node, { code: "abcde-fghjk" }, person.calling));
  expect(await confirmed).toBe("INVALID_CODE");
  expect(hashes.calls.length).toBe(before);
});

test("codes wait in one line with passwords: beyond it they are refused", async () => {
  let end = () => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  const crowd = Array.from({ length: 200 }, () => withinCapacity(() => ended));
  const salt = Buffer.alloc(16).toString("base64");
  await expect(hashedCode("k7q2m-xw9dt", salt)).rejects.toMatchObject({ type: "SIGN_IN_UNAVAILABLE" });
  end();
  await Promise.all(crowd);
  expect(await hashedCode("k7q2m-xw9dt", salt)).toMatch(/^[\w+/]+=*$/);
});
