import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";
import { Person } from "./person.ts";

let desk: Desk;
beforeAll(async () => void (desk = await openDesk(2)));
afterAll(() => desk.close());

const factors = (person: Person) => Accounts.factors(person.node, {}, person.calling);

test("an app is set up by its first code, and ten recovery codes come with it", async () => {
  const person = await Person.signUp(desk);
  const { secret, uri } = await Accounts.enrolTotp(person.node, {}, person.calling);
  expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  expect(uri).toContain(`secret=${secret}`);
  expect(await factors(person)).toMatchObject({ totp: false, recoveryCodesLeft: 0 });
  expect(await person.login()).toHaveProperty("access");

  person.secret = secret;
  const { recoveryCodes } = await Accounts.confirmTotp(person.node, { code: person.code() }, person.calling);
  expect(new Set(recoveryCodes).size).toBe(10);
  expect(await factors(person)).toMatchObject({ totp: true, recoveryCodesLeft: 10 });
  expect(await person.log()).toContain("totpEnabled");
});

test("neither the secret nor a recovery code can be read in the store", async () => {
  const person = await (await Person.signUp(desk)).setAppUp();
  const kept = await desk.office.secondFactors.authenticator(person.id);
  const text = JSON.stringify(kept);
  expect([person.secret, ...person.recoveryCodes].filter((word) => text.includes(word))).toEqual([]);
});

test("a sealed secret is good for nobody but its owner", async () => {
  const [owner, thief] = [await (await Person.signUp(desk)).setAppUp(), await (await Person.signUp(desk)).setAppUp()];
  const { secret } = (await desk.office.secondFactors.authenticator(owner.id))!;
  await desk.office.secondFactors.changeAuthenticator((await desk.office.secondFactors.authenticator(thief.id))!, {
    secret,
  });
  const { token } = await thief.pend();
  expect(await codeOf(Accounts.secondFactor(thief.node, { token, code: owner.code() }))).toBe("INVALID_CODE");
  const [code] = thief.recoveryCodes;
  expect(await Accounts.secondFactor(thief.node, { token, code: code! })).toHaveProperty("access");
});

describe("setting an app up", () => {
  test("asks for the code of the secret that was shown last, within a quarter of an hour", async () => {
    const person = await Person.signUp(desk);
    const confirm = () => codeOf(Accounts.confirmTotp(person.node, { code: person.code() }, person.calling));
    expect(await codeOf(Accounts.confirmTotp(person.node, { code: "000000" }, person.calling))).toBe(
      "TOTP_NOT_PENDING",
    );

    person.secret = (await Accounts.enrolTotp(person.node, {}, person.calling)).secret;
    const { secret } = await Accounts.enrolTotp(person.node, {}, person.calling);
    expect(await confirm()).toBe("INVALID_CODE");

    person.secret = secret;
    desk.clock.nowMs += 15 * 60_000;
    expect(await confirm()).toBe("TOTP_NOT_PENDING");
  });

  test("is done once, however many confirm it at once, and cannot be begun again", async () => {
    const person = await Person.signUp(desk);
    person.secret = (await Accounts.enrolTotp(person.node, {}, person.calling)).secret;
    const code = person.code();
    const outcomes = await Promise.all(
      desk.nodes.flatMap((node) =>
        Array.from({ length: 4 }, () => codeOf(Accounts.confirmTotp(node, { code }, person.calling))),
      ),
    );
    expect(outcomes.filter((outcome) => typeof outcome === "object")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "TOTP_ENABLED")).toHaveLength(7);

    desk.clock.nowMs += 60_000;
    await person.stepUp(person.code());
    expect(await codeOf(Accounts.enrolTotp(person.node, {}, person.calling))).toBe("TOTP_ENABLED");
  });

  test("counts wrong codes, and refuses after the fifth", async () => {
    const person = await Person.signUp(desk);
    person.secret = (await Accounts.enrolTotp(person.node, {}, person.calling)).secret;
    const wrong = person.code() === "111111" ? "222222" : "111111";
    const confirm = (code: string) => codeOf(Accounts.confirmTotp(person.node, { code }, person.calling));
    for (let tries = 1; tries <= 5; tries += 1) expect(await confirm(wrong)).toBe("INVALID_CODE");
    expect(await confirm(person.code())).toBe("TOO_MANY_ATTEMPTS");
  });
});

test("without its app an account is asked for no code, and codes of the app before are none", async () => {
  const person = await (await Person.signUp(desk)).setAppUp();
  await person.stepUp(person.code());
  await Accounts.removeTotp(person.node, {}, person.calling);
  await Accounts.removeTotp(person.node, {}, person.calling);
  expect(await factors(person)).toMatchObject({ totp: false, recoveryCodesLeft: 0 });
  expect(await person.login()).toHaveProperty("access");
  expect((await person.log()).filter((what) => what === "totpRemoved")).toHaveLength(1);

  const before = person.recoveryCodes[0]!;
  await person.setAppUp();
  const { token } = await person.pend();
  expect(await codeOf(Accounts.secondFactor(person.node, { token, code: before }))).toBe("INVALID_CODE");
});

test("new recovery codes take the place of those before", async () => {
  const person = await (await Person.signUp(desk)).setAppUp();
  await person.stepUp(person.recoveryCodes[0]);
  const { recoveryCodes } = await Accounts.renewRecoveryCodes(person.node, {}, person.calling);
  expect(await factors(person)).toMatchObject({ recoveryCodesLeft: 10 });
  const { token } = await person.pend();
  const answer = (code: string) => codeOf(Accounts.secondFactor(person.node, { token, code }));
  expect(await answer(person.recoveryCodes[1]!)).toBe("INVALID_CODE");
  expect(await answer(recoveryCodes[1]!)).toHaveProperty("result.access");
  expect(await person.log()).toContain("recoveryCodesRenewed");
});

test("there are no recovery codes without an app", async () => {
  const person = await Person.signUp(desk);
  expect(await codeOf(Accounts.renewRecoveryCodes(person.node, {}, person.calling))).toBe("TOTP_NOT_ENABLED");
});
