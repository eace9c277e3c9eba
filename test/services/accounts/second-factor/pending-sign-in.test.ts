import { Accounts, type PendingSignIn, type SignedIn } from "../../../../services/accounts/accounts.contract.ts";
import { openSession, passFirstFactor } from "../../../../services/accounts/sign-in/open-session.ts";
import { changeAccount } from "../../../../services/accounts/accounts.store.ts";
import { codeOf, openDesk, sessionOf, type Desk } from "../desk.ts";
import { homeWith, somebody, vouchingFor } from "../providers/people.ts";
import { Person } from "./person.ts";

let desk: Desk;
let person: Person;
beforeAll(async () => void (desk = await openDesk(2)));
afterAll(() => desk.close());
beforeEach(async () => void (person = await (await Person.signUp(desk)).setAppUp()));

const answer = (token: string, code: string, node = 0) =>
  codeOf(Accounts.secondFactor(desk.nodes[node]!, { token, code }));

test("a password alone opens no session; with the app's code it does, and the session knows both", async () => {
  const before = await desk.office.sessions.liveOf(person.id);
  const pending = await person.pend();
  expect(pending.methods).toEqual(["totp", "recoveryCode"]);
  expect(Date.parse(pending.expiresAt)).toBe(desk.clock.nowMs + 5 * 60_000);
  expect(await desk.office.sessions.liveOf(person.id)).toHaveLength(before.length);

  const signedIn = await Accounts.secondFactor(person.node, { token: pending.token, code: person.code() });
  const session = await desk.office.sessions.live(sessionOf(signedIn.access));
  expect(session).toMatchObject({ accountId: person.id, proofs: ["password", "totp"] });
});

test.each(["password", "google", "kakao"] as const)("a first factor by %s is never enough", async (proof) => {
  const ctx = { meta: {} } as Parameters<typeof passFirstFactor>[2];
  const account = (await person.account)!;
  if (proof !== "password")
    await desk.office.identities.add({ accountId: person.id, provider: proof, subject: person.id });
  const passed = await passFirstFactor(desk.office, account, ctx, proof);
  expect(passed).not.toHaveProperty("access");
  expect(ctx.meta.$statusCode).toBe(202);
  const { token } = passed as { token: string };
  const signedIn = await Accounts.secondFactor(person.node, { token, code: person.code() });
  const session = await desk.office.sessions.live(sessionOf(signedIn.access));
  expect(session?.proofs).toEqual([proof, "totp"]);
});

test.each(["google", "kakao"] as const)("signing in by %s asks for the code as well", async (provider) => {
  const [login, vouched] = [`${provider}Login` as const, { person: somebody(person.id, person.email) }];
  const vouching = await openDesk(1, { [provider]: vouchingFor(vouched) });
  try {
    const [node] = vouching.nodes;
    const signedIn = (await Accounts[login](node!, homeWith("person"))) as SignedIn;
    const member = new Person(vouching).took(signedIn);
    await member.setAppUp();
    const pending = (await Accounts[login](node!, homeWith("person"))) as SignedIn | PendingSignIn;
    if (!("token" in pending)) throw new Error("The sign-in was not pending");
    const { token } = pending;
    expect(await codeOf(Accounts.secondFactor(node!, { token, code: "aaaaa-aaaaa" }))).toBe("INVALID_CODE");
    const { user } = await Accounts.secondFactor(node!, { token, code: member.code() });
    expect(user.id).toBe(member.id);
  } finally {
    await vouching.close();
  }
});

test("a pending sign-in is no access token, and nothing but one code can be done with it", async () => {
  const { token } = await person.pend();
  expect(await codeOf(Accounts.verify(person.node, { token }))).toBe("INVALID_TOKEN");
  expect(await codeOf(Accounts.refresh(person.node, { refresh: token }))).toBe("INVALID_TOKEN");
});

describe("the code of an app", () => {
  test("is good once, whether it comes again later or on two nodes at once", async () => {
    const code = person.code();
    const tokens = await Promise.all(Array.from({ length: 4 }, async () => (await person.pend()).token));
    const outcomes = await Promise.all(tokens.map((token, index) => answer(token, code, index % 2)));
    expect(outcomes.filter((outcome) => outcome !== "INVALID_CODE")).toEqual([
      expect.objectContaining({ result: expect.objectContaining({ access: expect.any(String) }) }),
    ]);
    expect(await answer((await person.pend()).token, code)).toBe("INVALID_CODE");
  });

  test("is none after one of a later step", async () => {
    expect(await answer((await person.pend()).token, person.code(1))).toHaveProperty("result.access");
    expect(await answer((await person.pend()).token, person.code(0))).toBe("INVALID_CODE");
  });
});

describe("a recovery code", () => {
  test("is good once, however it is typed and however many try it at once", async () => {
    const [code] = person.recoveryCodes;
    const typings = [code!, code!.toUpperCase(), code!.replace("-", ""), code!.replace("-", " ")];
    const tokens = await Promise.all(typings.map(async () => (await person.pend()).token));
    const outcomes = await Promise.all(tokens.map((token, index) => answer(token, typings[index]!, index % 2)));
    expect(outcomes.filter((outcome) => typeof outcome === "object")).toHaveLength(1);
    expect(await Accounts.factors(person.node, {}, person.calling)).toMatchObject({ recoveryCodesLeft: 9 });
    expect((await person.log()).filter((what) => what === "recoveryCodeUsed")).toHaveLength(1);
  });

  test("is offered as long as one is left", async () => {
    const kept = (await desk.office.secondFactors.authenticator(person.id))!;
    await desk.office.secondFactors.changeAuthenticator(kept, { recoveryHashes: [] });
    expect((await person.pend()).methods).toEqual(["totp"]);
  });
});

describe("a wrong code", () => {
  const wrong = "aaaaa-aaaaa";

  test("leaves the sign-in pending", async () => {
    const { token } = await person.pend();
    expect(await answer(token, wrong)).toBe("INVALID_CODE");
    expect(await answer(token, person.code())).toHaveProperty("result.access");
  });

  test("ends the sign-in at the fifth time, even after the account is free again", async () => {
    const { token } = await person.pend();
    for (let tries = 1; tries <= 5; tries += 1) expect(await answer(token, wrong)).toBe("INVALID_CODE");
    expect(await answer(token, person.code())).toBe("LINK_INVALID");
    const { token: next } = await person.pend();
    expect(await answer(next, person.code())).toBe("TOO_MANY_ATTEMPTS");
    desk.clock.nowMs += 31_000;
    expect(await answer(token, person.code())).toBe("LINK_INVALID");
    expect(await answer(next, person.code())).toHaveProperty("result.access");
  });

  test("is counted over all sign-ins: the right password in between clears nothing", async () => {
    for (let tries = 1; tries <= 5; tries += 1) {
      expect(await answer((await person.pend()).token, wrong, tries % 2)).toBe("INVALID_CODE");
    }
    expect(await answer((await person.pend()).token, person.code())).toBe("TOO_MANY_ATTEMPTS");
  });

  test("does not lock the password", async () => {
    const { token } = await person.pend();
    for (let tries = 1; tries <= 5; tries += 1) await answer(token, wrong);
    expect(await person.login()).toHaveProperty("token");
  });
});

describe("a pending sign-in is worthless", () => {
  test("after five minutes", async () => {
    const { token } = await person.pend();
    desk.clock.nowMs += 5 * 60_000;
    expect(await answer(token, person.code())).toBe("LINK_INVALID");
  });

  test("after it was spent, with another code, too", async () => {
    const { token } = await person.pend();
    expect(await answer(token, person.code())).toHaveProperty("result.access");
    expect(await answer(token, person.recoveryCodes[0]!)).toBe("LINK_INVALID");
  });

  test("after the password was changed", async () => {
    const { token } = await person.pend();
    await changeAccount(desk.office.accounts, person.id, () => ({ passwordHash: "$argon2id$another" }));
    expect(await answer(token, person.code())).toBe("LINK_INVALID");
  });

  test("for who has no token of ours", async () => {
    expect(await answer("A".repeat(43), person.code())).toBe("LINK_INVALID");
  });

  test("after the account was suspended", async () => {
    const { token } = await person.pend();
    await changeAccount(desk.office.accounts, person.id, () => ({ status: "suspended" as const }));
    expect(await answer(token, person.code())).toBe("ACCOUNT_SUSPENDED");
  });
});

test("a session opened by a passkey is not asked for a code", async () => {
  const ctx = { meta: {} } as Parameters<typeof openSession>[2];
  expect(await openSession(desk.office, (await person.account)!, ctx, ["passkey"])).toHaveProperty("access");
});
