import type { ServiceBroker } from "moleculer";
import type { CallContext } from "../../../../mixins/answer.ts";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import { registerAccount } from "../../../../services/accounts/credentials/registration.ts";
import { mailsIn, mailTo, tokenIn } from "../../../outbox.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";

const PASSWORD = "correct horse battery";

let desk: Desk;
let node: ServiceBroker;
beforeEach(async () => {
  desk = await openDesk(2);
  node = desk.nodes[0]!;
});
afterEach(() => desk.close());

const eventsOf = async (accountId: string) =>
  (await desk.office.events.of(accountId, { limit: 100 })).items.map(({ what }) => what);

describe("registration", () => {
  test("makes a member and signs it in", async () => {
    const { user, access, csrfToken } = await Accounts.register(node, {
      email: "Minji.Kim@Example.com",
      password: PASSWORD,
      username: "민지",
      birthdate: "2000-02-29",
    });
    expect(user).toMatchObject({
      email: "minji.kim@example.com",
      handle: expect.stringMatching(/^[a-z]+\.[a-z2-9]{6}$/),
      username: "민지",
      birthdate: "2000-02-29",
      phone: null,
      role: "member",
    });
    const { tokens } = desk.office;
    const claims = await tokens.verify(access);
    expect(claims).toMatchObject({ accountId: user.id, roles: ["member"] });
    expect(csrfToken).toBe(tokens.csrfToken(claims!.sessionId));
  });

  test("a hundred at once with one e-mail address make one account", async () => {
    const spellings = ["minji@example.com", "MINJI@example.com", "Minji@Example.COM"];
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        codeOf(Accounts.register(desk.nodes[n % 2]!, { email: spellings[n % 3]!, password: PASSWORD })),
      ),
    );
    expect(answers.filter((answer) => answer !== "EMAIL_TAKEN")).toEqual([{ result: expect.anything() }]);
    expect(answers).toHaveLength(100);
    const { user } = await Accounts.login(node, { email: "minji@example.com", password: PASSWORD });
    expect(user.email).toBe("minji@example.com");
    expect(await eventsOf(user.id)).toEqual(["signedIn", "signedIn", "registered"]);
    await mailTo(desk.dataDir, "minji@example.com");
    expect(mailsIn(desk.dataDir)).toHaveLength(1);
  });

  test("writes to the address, and the link of the letter proves it", async () => {
    const { user } = await Accounts.register(node, { email: "minji@example.com", password: PASSWORD, language: "en" });
    expect(user.emailVerified).toBe(false);
    const mail = await mailTo(desk.dataDir, "minji@example.com");
    expect(mail.language).toBe("en");
    await Accounts.verifyEmail(node, { token: tokenIn(mail) });
    expect((await desk.office.accounts.byId(user.id))?.emailVerifiedAt).not.toBeNull();
  });

  test("after a crash before the letter the member signs in and asks for it again", async () => {
    const dies = () => Promise.reject(new Error("killed"));
    const dying = { ...desk.office, owed: { ...desk.office.owed, jobs: { ...desk.office.owed.jobs, add: dies } } };
    const pair = { email: "minji@example.com", password: PASSWORD };
    await expect(registerAccount(dying, { meta: {} } as CallContext, pair)).rejects.toThrow("killed");
    const { user } = await Accounts.login(node, pair);
    await Accounts.sendVerification(node, {}, { meta: { accountId: user.id, roles: ["member"] } });
    await Accounts.verifyEmail(node, { token: tokenIn(await mailTo(desk.dataDir, pair.email)) });
    expect((await desk.office.accounts.byId(user.id))?.emailVerifiedAt).not.toBeNull();
  });

  describe("a keyed request that was cut off", () => {
    const pair = { email: "minji@example.com", password: PASSWORD };
    const keyed = { meta: { onceKey: "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a" } };
    const cutOff = async () => {
      const dies = () => Promise.reject(new Error("killed"));
      const dying = { ...desk.office, owed: { ...desk.office.owed, jobs: { ...desk.office.owed.jobs, add: dies } } };
      await expect(registerAccount(dying, keyed as CallContext, pair)).rejects.toThrow("killed");
    };

    test("gives its repetition the account, a session, and one letter", async () => {
      await cutOff();
      const again = await Accounts.register(desk.nodes[1]!, pair, keyed);
      const thrice = await Accounts.register(node, pair, keyed);
      expect(thrice.user.id).toBe(again.user.id);
      expect(thrice.refresh).not.toBe(again.refresh);
      expect(await eventsOf(again.user.id)).toEqual(["signedIn", "signedIn", "registered"]);
      await mailTo(desk.dataDir, pair.email);
      expect(mailsIn(desk.dataDir)).toHaveLength(1);
    });

    test.each<[string, object, object]>([
      ["without the key", pair, {}],
      ["under another key", pair, { meta: { onceKey: "another" } }],
      ["with another password", { ...pair, password: "staple tangerine orchard" }, keyed],
    ])("gives nothing to a request %s", async (_how, application, meta) => {
      await cutOff();
      expect(await codeOf(Accounts.register(node, application as typeof pair, meta))).toBe("EMAIL_TAKEN");
    });
  });

  test("a handle belongs to the first who asks for it", async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        codeOf(
          Accounts.register(desk.nodes[n % 2]!, { email: `p${n}@example.com`, password: PASSWORD, handle: "halla.b" }),
        ),
      ),
    );
    expect(answers.filter((answer) => answer === "HANDLE_TAKEN")).toHaveLength(9);
  });

  test("people of one name at many hosts all get a handle of their own, which does not tell it", async () => {
    const hosts = Array.from({ length: 12 }, (_, n) => `minji@host${n}.example.com`);
    const signedIn = await Promise.all(hosts.map((email) => Accounts.register(node, { email, password: PASSWORD })));
    const handles = signedIn.map(({ user }) => user.handle);
    expect(new Set(handles).size).toBe(12);
    expect(handles.some((handle) => handle.includes("minji"))).toBe(false);
  });

  test.each([
    ["email", { email: "minji" }],
    ["email", { email: `${"a".repeat(250)}@example.com` }],
    ["password", { password: "short" }],
    ["password", { password: "long enough ".repeat(20) }],
    ["password", { password: "password123" }],
    ["password", { password: "minji2024" }],
    ["handle", { handle: "Minji Kim" }],
    ["handle", { handle: "kim" }],
    ["birthdate", { birthdate: "2023-02-29" }],
    ["birthdate", { birthdate: "1899-12-31" }],
    ["birthdate", { birthdate: "2999-01-01" }],
    ["phone", { phone: "call me" }],
    ["username", { username: "a\u0000b" }],
    ["location", { location: "\ud800" }],
    ["role", { role: "admin" }],
  ])("a faulty %s is named: %j", async (path, fault) => {
    const call = Accounts.register(node, { email: "minji@example.com", password: PASSWORD, ...fault });
    await expect(call).rejects.toMatchObject({ type: "INVALID_INPUT", data: { errors: [{ path }] } });
  });

  test("what is stored of a password is an argon2id hash with its parameters", async () => {
    const { user } = await Accounts.register(node, { email: "minji@example.com", password: PASSWORD });
    const stored = await desk.office.accounts.byId(user.id);
    expect(stored?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(JSON.stringify(stored)).not.toContain(PASSWORD);
  });
});

describe("me", () => {
  test("is the caller's own account, without anything secret", async () => {
    const { user } = await Accounts.register(node, { email: "minji@example.com", password: PASSWORD });
    const me = await Accounts.me(node, {}, { meta: { accountId: user.id } });
    expect(me).toEqual(user);
    expect(JSON.stringify(me)).not.toMatch(/hash|argon/i);
  });

  test("is nobody without a sign-in or with an account that is gone", async () => {
    expect(await codeOf(Accounts.me(node, {}))).toBe("UNAUTHENTICATED");
    const gone = { meta: { accountId: "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a" } };
    expect(await codeOf(Accounts.me(node, {}, gone))).toBe("UNAUTHENTICATED");
  });
});
