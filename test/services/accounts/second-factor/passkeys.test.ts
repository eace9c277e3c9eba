import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import { changeAccount } from "../../../../services/accounts/accounts.store.ts";
import { codeOf, openDesk, sessionOf, type Desk } from "../desk.ts";
import { Person } from "./person.ts";
import { SoftAuthenticator, type Deviation } from "./soft-authenticator.ts";

const ORIGIN = "http://localhost:3000";

let desk: Desk;
let person: Person;
let device: SoftAuthenticator;
beforeAll(async () => void (desk = await openDesk(2)));
afterAll(() => desk.close());
beforeEach(async () => {
  person = await Person.signUp(desk);
  device = new SoftAuthenticator(ORIGIN);
});

const ask = () => Accounts.passkeyLoginOptions(desk.nodes[0]!, {});

async function register(who = person, on = device, deviation: Deviation = {}) {
  const { token, options } = await Accounts.passkeyOptions(who.node, {}, who.calling);
  const credential = on.create(options, deviation);
  return Accounts.addPasskey(who.node, { token, name: "Work laptop", credential }, who.calling);
}

async function login(deviation: Deviation = {}, on = device) {
  const { token, options } = await ask();
  return Accounts.passkeyLogin(desk.nodes[0]!, { token, credential: on.get(options, deviation) });
}

test("a session that ends while the browser makes a passkey has added none", async () => {
  const { token, options } = await Accounts.passkeyOptions(person.node, {}, person.calling);
  const credential = device.create(options, {});
  await desk.office.sessions.endAll(person.id, "passwordChange");
  const added = Accounts.addPasskey(person.node, { token, name: "Work laptop", credential }, person.calling);
  expect(await codeOf(added)).toBe("UNAUTHENTICATED");
  expect(await desk.office.secondFactors.passkeysOf(person.id)).toEqual([]);
});

test("the options ask for a passkey that finds its account and verifies its user, and tell no address", async () => {
  const { options } = await Accounts.passkeyOptions(person.node, {}, person.calling);
  expect(options).toMatchObject({
    rp: { id: "localhost", name: "Hallabong" },
    attestation: "none",
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
  expect(JSON.stringify(options)).not.toContain(person.email);
  const { options: asked } = await ask();
  expect(asked).toMatchObject({ rpId: "localhost", userVerification: "required" });
  expect(asked.allowCredentials ?? []).toEqual([]);
});

test("a passkey signs in by itself and is both factors, also where an app is set up", async () => {
  const passkey = await register();
  expect(passkey).toMatchObject({ name: "Work laptop", lastUsedAt: null });
  await person.setAppUp();
  const { user, access } = await login();
  expect(user.id).toBe(person.id);
  expect((await desk.office.sessions.live(sessionOf(access)))?.proofs).toEqual(["passkey"]);
  const { passkeys } = await Accounts.factors(person.node, {}, person.calling);
  expect(passkeys).toEqual([{ ...passkey, lastUsedAt: new Date(desk.clock.nowMs).toISOString() }]);
  expect(await person.log()).toEqual(expect.arrayContaining(["passkeyAdded", "signedIn"]));
});

describe("a registration is refused", () => {
  test.each<[string, Deviation]>([
    ["from a strange origin", { origin: "https://evil.example" }],
    ["from another port of our host", { origin: "http://localhost:3001" }],
    ["with a challenge of its own", { challenge: "AAAA" }],
    ["for another host", { rpId: "evil.example" }],
    ["by an authenticator that verified nobody", { verified: false }],
    ["that is the answer to a request", { type: "webauthn.get" }],
  ])("%s", async (_, deviation) => expect(await codeOf(register(person, device, deviation))).toBe("PASSKEY_REFUSED"));

  test("with the token of another account, of another purpose, or a second time", async () => {
    const other = await Person.signUp(desk);
    const { token, options } = await Accounts.passkeyOptions(person.node, {}, person.calling);
    const brought = { token, name: "Mine", credential: device.create(options) };
    expect(await codeOf(Accounts.addPasskey(other.node, brought, other.calling))).toBe("LINK_INVALID");
    expect(await codeOf(Accounts.addPasskey(person.node, brought, person.calling))).toBe("LINK_INVALID");
    const { token: requested } = await ask();
    expect(await codeOf(Accounts.addPasskey(person.node, { ...brought, token: requested }, person.calling))).toBe(
      "LINK_INVALID",
    );
  });

  test("of a passkey that somebody has", async () => {
    await register();
    const other = await Person.signUp(desk);
    expect(await codeOf(register(other))).toBe("PASSKEY_KNOWN");
  });

  test.each([{}, { clientDataJSON: "e30" }, { clientDataJSON: "****", attestationObject: 7 }])(
    "when it is no registration at all: %j",
    async (response) => {
      const { token } = await Accounts.passkeyOptions(person.node, {}, person.calling);
      const credential = { id: "AQID", rawId: "AQID", type: "public-key" as const, response };
      const added = Accounts.addPasskey(person.node, { token, name: "x", credential } as never, person.calling);
      expect(["PASSKEY_REFUSED", "INVALID_INPUT"]).toContain(await codeOf(added));
    },
  );

  test("after five minutes", async () => {
    const { token, options } = await Accounts.passkeyOptions(person.node, {}, person.calling);
    desk.clock.nowMs += 5 * 60_000;
    const brought = { token, name: "Late", credential: device.create(options) };
    expect(await codeOf(Accounts.addPasskey(person.node, brought, person.calling))).toBe("LINK_INVALID");
  });
});

test("an account has twenty passkeys at most, however many are added at once", async () => {
  const ceremonies = await Promise.all(
    Array.from({ length: 24 }, () => Accounts.passkeyOptions(person.node, {}, person.calling)),
  );
  const outcomes = await Promise.all(
    ceremonies.map(({ token, options }, index) => {
      const credential = new SoftAuthenticator(ORIGIN).create(options);
      const brought = { token, name: `Key ${index}`, credential };
      return codeOf(Accounts.addPasskey(desk.nodes[index % 2]!, brought, person.calling));
    }),
  );
  expect(outcomes.filter((outcome) => outcome === "TOO_MANY_PASSKEYS")).toHaveLength(4);
  expect((await Accounts.factors(person.node, {}, person.calling)).passkeys).toHaveLength(20);
  expect(await codeOf(register())).toBe("TOO_MANY_PASSKEYS");
});

describe("a sign-in is refused", () => {
  beforeEach(() => register());

  test.each<[string, Deviation]>([
    ["from a strange origin", { origin: "https://evil.example" }],
    ["with a challenge of its own", { challenge: "AAAA" }],
    ["for another host", { rpId: "evil.example" }],
    ["by an authenticator that verified nobody", { verified: false }],
    ["that is the answer to a creation", { type: "webauthn.create" }],
    ["in another's name", { userHandle: Buffer.from("somebody else").toString("base64url") }],
  ])("%s", async (_, deviation) => {
    expect(await codeOf(login(deviation))).toBe("PASSKEY_REFUSED");
    expect(await person.log()).toContain("signInFailed");
  });

  test("when its answer comes again, to the same challenge and to another", async () => {
    const { token, options } = await ask();
    const credential = device.get(options);
    expect(await Accounts.passkeyLogin(desk.nodes[0]!, { token, credential })).toHaveProperty("access");
    expect(await codeOf(Accounts.passkeyLogin(desk.nodes[1]!, { token, credential }))).toBe("LINK_INVALID");
    const { token: next } = await ask();
    expect(await codeOf(Accounts.passkeyLogin(desk.nodes[0]!, { token: next, credential }))).toBe("PASSKEY_REFUSED");
  });

  test("when its counter stands still or goes back: there is a copy of the authenticator", async () => {
    await login({ counter: 7 });
    expect(await codeOf(login({ counter: 7 }))).toBe("PASSKEY_REFUSED");
    expect(await codeOf(login({ counter: 3 }))).toBe("PASSKEY_REFUSED");
    expect(await login({ counter: 8 })).toHaveProperty("access");
  });

  test("by a passkey that nobody registered, or whose signature another key made", async () => {
    const stranger = new SoftAuthenticator(ORIGIN);
    expect(await codeOf(login({}, stranger))).toBe("PASSKEY_REFUSED");
    const { token, options } = await ask();
    const userHandle = Buffer.from(person.id).toString("base64url");
    const credential = {
      ...stranger.get(options, { userHandle }),
      id: device.credentialId,
      rawId: device.credentialId,
    };
    expect(await codeOf(Accounts.passkeyLogin(desk.nodes[0]!, { token, credential }))).toBe("PASSKEY_REFUSED");
  });

  test("with the token of a registration", async () => {
    const { token, options } = await Accounts.passkeyOptions(person.node, {}, person.calling);
    const credential = device.get({ ...options, rpId: "localhost" });
    expect(await codeOf(Accounts.passkeyLogin(desk.nodes[0]!, { token, credential }))).toBe("LINK_INVALID");
  });

  test("once the passkey is removed, and while the account is suspended", async () => {
    const [passkey] = (await Accounts.factors(person.node, {}, person.calling)).passkeys;
    await changeAccount(desk.office.accounts, person.id, () => ({ status: "suspended" as const }));
    expect(await codeOf(login())).toBe("ACCOUNT_SUSPENDED");
    await changeAccount(desk.office.accounts, person.id, () => ({ status: "active" as const }));
    await Accounts.removePasskey(person.node, { id: passkey!.id }, person.calling);
    expect(await codeOf(login())).toBe("PASSKEY_REFUSED");
    expect(await person.log()).toContain("passkeyRemoved");
  });
});

test("an authenticator that does not count signs in as often as one likes, twice at once as well", async () => {
  await register();
  const asked = await Promise.all([ask(), ask()]);
  const outcomes = await Promise.all(
    asked.map(({ token, options }, index) =>
      codeOf(Accounts.passkeyLogin(desk.nodes[index]!, { token, credential: device.get(options, { counter: 0 }) })),
    ),
  );
  expect(outcomes).toEqual([
    expect.objectContaining({ result: expect.anything() }),
    expect.objectContaining({ result: expect.anything() }),
  ]);
});

test("somebody else's passkey cannot be removed", async () => {
  const { id } = await register();
  const other = await Person.signUp(desk);
  expect(await codeOf(Accounts.removePasskey(other.node, { id }, other.calling))).toBe("PASSKEY_NOT_FOUND");
  expect(await login()).toHaveProperty("access");
});
