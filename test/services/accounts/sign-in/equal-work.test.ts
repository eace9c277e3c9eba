import type * as Argon2 from "@node-rs/argon2";
import { verify } from "@node-rs/argon2";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import { codeOf, openDesk } from "../desk.ts";

jest.mock("@node-rs/argon2", () => {
  const argon2 = jest.requireActual<typeof Argon2>("@node-rs/argon2");
  return { ...argon2, verify: jest.fn(argon2.verify) };
});

test("an address without an account costs the same password check as one with an account", async () => {
  const desk = await openDesk();
  const node = desk.nodes[0]!;
  await Accounts.register(node, { email: "minji@example.com", password: "correct horse battery" });
  const checks = jest.mocked(verify).mock;
  const checksOf = async (email: string) => {
    const before = checks.calls.length;
    expect(await codeOf(Accounts.login(node, { email, password: "incorrect" }))).toBe("INVALID_CREDENTIALS");
    return checks.calls.slice(before).map(([hash]) => ({ cost: costOf(String(hash)), length: String(hash).length }));
  };
  const known = await checksOf("minji@example.com");
  expect(known).toEqual([{ cost: "$argon2id$v=19$m=19456,t=2,p=1", length: expect.any(Number) }]);
  expect(await checksOf("nobody@example.com")).toEqual(known);
  await desk.close();
});

const costOf = (hash: string) => hash.split("$").slice(0, 4).join("$");
