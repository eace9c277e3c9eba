import fc from "fast-check";
import type { CallContext } from "../../../../mixins/answer.ts";
import { Accounts, type Proof } from "../../../../services/accounts/accounts.contract.ts";
import { changeAccount } from "../../../../services/accounts/accounts.store.ts";
import { isEnough, methodsOf, requireStepUp } from "../../../../services/accounts/second-factor/step-up.ts";
import { openSession } from "../../../../services/accounts/sign-in/open-session.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";
import { PASSWORD, Person } from "./person.ts";
import { SoftAuthenticator } from "./soft-authenticator.ts";

let desk: Desk;
let person: Person;
beforeAll(async () => void (desk = await openDesk()));
afterAll(() => desk.close());
beforeEach(async () => void (person = await Person.signUp(desk)));

/** What the guard of a sensitive action says of this person's session. */
const guard = (of = person) =>
  requireStepUp(desk.office, of.calling as unknown as CallContext).then(
    () => "passes",
    (error: { type: string; data: { methods: string[] } }) => [error.type, ...error.data.methods],
  );
const grow = (minutes: number) => void (desk.clock.nowMs += minutes * 60_000);
/** Opens a session that was proved so. */
const proveBy = async (...proofs: Proof[]) =>
  void person.took(await openSession(desk.office, (await person.account)!, { meta: {} } as CallContext, proofs));

describe("a sensitive action asks for a proof", () => {
  test("that is not older than five minutes; signing in is one", async () => {
    grow(5);
    expect(await guard()).toBe("passes");
    desk.clock.nowMs += 1;
    expect(await guard()).toEqual(["STEP_UP_REQUIRED", "password"]);
    await person.stepUp();
    expect(await guard()).toBe("passes");
    expect(await person.log()).toContain("steppedUp");
  });

  test("of the very session that asks", async () => {
    const other = await Person.signUp(desk);
    grow(6);
    await other.stepUp();
    const borrowed = { meta: { ...person.calling.meta, sessionId: other.session } } as unknown as CallContext;
    expect(await codeOf(requireStepUp(desk.office, borrowed))).toBe("STEP_UP_REQUIRED");
    expect(await guard()).toEqual(["STEP_UP_REQUIRED", "password"]);
  });

  test("of a session that has not ended", async () => {
    await desk.office.sessions.end(person.session, "logout");
    expect(await guard()).toEqual(["STEP_UP_REQUIRED", "password"]);
  });

  test("of a session at all: a call without one has proved nothing, and can prove nothing", async () => {
    const { accountId, roles } = person.calling.meta;
    const nowhere = { meta: { accountId, roles } };
    expect(await codeOf(requireStepUp(desk.office, nowhere as CallContext))).toBe("STEP_UP_REQUIRED");
    expect(await codeOf(Accounts.stepUp(person.node, { password: PASSWORD }, nowhere))).toBe("UNAUTHENTICATED");
  });

  test("that is no refresh", async () => {
    const { refresh } = (await person.login()) as { refresh: string };
    grow(6);
    person.took(await Accounts.refresh(person.node, { refresh }));
    expect(await guard()).toEqual(["STEP_UP_REQUIRED", "password"]);
  });

  test("with everything the account asks for, as of the moment when it asks", async () => {
    await person.setAppUp();
    expect(await guard()).toEqual(["STEP_UP_REQUIRED", "password", "totp", "recoveryCode"]);
    await person.stepUp(person.code());
    expect(await guard()).toBe("passes");

    // What was proved last counts alone: a code of before does not make up for one that is wanting now.
    await desk.office.sessions.prove(person.session, ["password"]);
    expect(await guard()).toEqual(["STEP_UP_REQUIRED", "password", "totp", "recoveryCode"]);
  });

  test("which signing in with a code gives, too", async () => {
    await person.setAppUp();
    const { token } = await person.pend();
    person.took(await Accounts.secondFactor(person.node, { token, code: person.code() }));
    expect(await guard()).toBe("passes");
  });

  test("and lets nobody change factors without one", async () => {
    grow(6);
    const { node, calling } = person;
    const id = person.id;
    const outcomes = await Promise.all([
      codeOf(Accounts.enrolTotp(node, {}, calling)),
      codeOf(Accounts.removeTotp(node, {}, calling)),
      codeOf(Accounts.renewRecoveryCodes(node, {}, calling)),
      codeOf(Accounts.passkeyOptions(node, {}, calling)),
      codeOf(Accounts.removePasskey(node, { id }, calling)),
    ]);
    expect(new Set(outcomes)).toEqual(new Set(["STEP_UP_REQUIRED"]));
  });
});

describe("a step-up", () => {
  test("takes the right password and, with an app, a right code, each once", async () => {
    expect(await codeOf(Accounts.stepUp(person.node, { password: "not it" }, person.calling))).toBe(
      "INVALID_CREDENTIALS",
    );
    await person.setAppUp();
    expect(await codeOf(person.stepUp())).toBe("STEP_UP_REQUIRED");
    expect(await codeOf(Accounts.stepUp(person.node, { code: person.code() }, person.calling))).toBe(
      "STEP_UP_REQUIRED",
    );
    expect(await codeOf(person.stepUp("aaaaa-aaaaa"))).toBe("INVALID_CODE");
    const code = person.code();
    expect(await codeOf(person.stepUp(code))).toEqual({ result: null });
    expect(await codeOf(person.stepUp(code))).toBe("INVALID_CODE");
    expect(await codeOf(person.stepUp(person.recoveryCodes[0]))).toEqual({ result: null });
  });

  test("counts wrong passwords, and apart from those at a sign-in", async () => {
    const guess = () => codeOf(Accounts.stepUp(person.node, { password: "not it" }, person.calling));
    for (let tries = 1; tries <= 5; tries += 1) expect(await guess()).toBe("INVALID_CREDENTIALS");
    expect(await codeOf(person.stepUp())).toBe("TOO_MANY_ATTEMPTS");
    expect(await person.login()).toHaveProperty("access");
  });

  test("by passkey is enough, with an app as well, but not by somebody else's", async () => {
    const device = new SoftAuthenticator("http://localhost:3000");
    const { token, options } = await Accounts.passkeyOptions(person.node, {}, person.calling);
    await Accounts.addPasskey(person.node, { token, name: "Key", credential: device.create(options) }, person.calling);
    await person.setAppUp();
    expect(await guard()).toEqual(["STEP_UP_REQUIRED", "password", "totp", "recoveryCode", "passkey"]);
    const stepUp = async (who: Person) => {
      const asked = await Accounts.passkeyLoginOptions(who.node, {});
      const brought = { token: asked.token, credential: device.get(asked.options) };
      return codeOf(Accounts.passkeyStepUp(who.node, brought, who.calling));
    };
    const other = await Person.signUp(desk);
    expect(await stepUp(other)).toBe("PASSKEY_REFUSED");
    expect(await guard()).toContain("STEP_UP_REQUIRED");
    expect(await stepUp(person)).toEqual({ result: null });
    expect(await guard()).toBe("passes");
  });

  test("cannot be done without a password: who came by a provider comes that way again", async () => {
    await changeAccount(desk.office.accounts, person.id, () => ({ passwordHash: null }));
    await desk.office.identities.add({ accountId: person.id, provider: "google", subject: person.id });
    grow(6);
    expect(await guard()).toEqual(["STEP_UP_REQUIRED", "google"]);
    expect(await codeOf(Accounts.stepUp(person.node, { password: PASSWORD }, person.calling))).toBe("STEP_UP_REQUIRED");
    await proveBy("google");
    expect(await guard()).toBe("passes");
    await person.setAppUp();
    expect(await guard()).toEqual(["STEP_UP_REQUIRED", "google", "totp", "recoveryCode"]);
  });
});

const proofs = fc.subarray<Proof>(["password", "totp", "recoveryCode", "passkey", "google", "kakao"]);

test("without a code nothing but a passkey is enough for an account that asks for codes", () => {
  fc.assert(
    fc.property(proofs, fc.boolean(), (given, asksForCode) => {
      const hasCode = given.includes("totp") || given.includes("recoveryCode");
      const enough = given.includes("passkey") || (asksForCode ? hasCode : given.length > 0);
      expect(isEnough(given, asksForCode)).toBe(enough);
    }),
  );
});

test("whoever can sign in at all is told how to step up, and only ways that are open", () => {
  const ways = fc.record({
    password: fc.boolean(),
    passkeys: fc.nat(2),
    providers: fc.subarray<"google" | "kakao">(["google", "kakao"]),
  });
  const asked = fc.constantFrom<("totp" | "recoveryCode")[]>([], ["totp"], ["totp", "recoveryCode"]);
  fc.assert(
    fc.property(ways, asked, (open, codes) => {
      const methods = methodsOf(open, codes);
      expect(methods.length > 0).toBe(open.password || open.passkeys > 0 || open.providers.length > 0);
      expect(methods.includes("password")).toBe(open.password);
      expect(methods.includes("passkey")).toBe(open.passkeys > 0);
      const first = open.password || open.providers.length > 0;
      expect(methods.filter((way) => way === "totp" || way === "recoveryCode")).toEqual(first ? codes : []);
    }),
  );
});
