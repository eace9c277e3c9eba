import type { ServiceBroker } from "moleculer";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import { giveStatus } from "../../../../services/accounts/profiles/administration.ts";
import { codeOf, lettersOf, logOf, openDesk, type Desk } from "../desk.ts";
import { person, type Person } from "./people.ts";

const PASSWORD = "pass phrase 271828";
const DAY_MS = 24 * 3600_000;

let desk: Desk;
let node: ServiceBroker;
let minji: Person;
let admin: Person;
beforeEach(async () => {
  desk = await openDesk();
  node = desk.nodes[0]!;
  [minji, admin] = [await person(desk, "minji"), await person(desk, "mighty", "admin")];
});
afterEach(() => desk.close());
const endingsOf = async (id: string) =>
  (await desk.office.endings.current()).filter(({ about }) => about === id).length;
const setStatus = (order: object, who = admin) =>
  codeOf(Accounts.setStatus(node, { handle: "minji", ...order } as never, who.as));

describe("a role", () => {
  test("is given, holds from the next refresh on, and what said another one has ended", async () => {
    const changed = await Accounts.setRole(node, { handle: "minji", role: "moderator" }, admin.as);
    expect(changed).toMatchObject({ handle: "minji", role: "moderator", status: "active" });
    expect(await endingsOf(minji.id)).toBe(1);
    const refreshed = await Accounts.refresh(node, { refresh: minji.signedIn.refresh });
    expect((await desk.office.tokens.verify(refreshed.access))?.roles).toEqual(["moderator"]);
    const [latest] = await logOf(desk.office, minji.id);
    expect([latest]).toMatchObject([{ what: "roleChanged", detail: { from: "member", to: "moderator" } }]);
  });

  test("given again changes nothing and is not noted again", async () => {
    await Accounts.setRole(node, { handle: "minji", role: "moderator" }, admin.as);
    const again = await Accounts.setRole(node, { handle: "minji", role: "moderator" }, admin.as);
    expect(again.version).toBe(2);
    const items = await logOf(desk.office, minji.id);
    expect(items.filter(({ what }) => what === "roleChanged")).toHaveLength(1);
  });
});

test.each([
  ["role", () => Accounts.setRole(node, { handle: "minji", role: "moderator" }, admin.as)],
  ["status", () => Accounts.setStatus(node, { handle: "minji", status: "suspended" }, admin.as)],
])("a %s is given after a fresh proof, and the log does not say where the admin was", async (_what, give) => {
  desk.clock.nowMs += 5 * 60_000 + 1;
  expect(await codeOf(give())).toBe("STEP_UP_REQUIRED");
  await Accounts.stepUp(node, { password: PASSWORD }, admin.as);
  await give();
  const { items } = await desk.office.events.of(minji.id, { limit: 1 });
  expect(items).toMatchObject([{ ip: null, userAgent: null, sessionId: null }]);
  expect(items[0]!.what).toMatch(/^(role|status)Changed$/);
});

describe("a suspension", () => {
  test.each(["before", "while"])(
    "takes the worth of a change of address that was asked for %s it held",
    async (when) => {
      const { office } = desk;
      const data = { from: minji.email, to: "thief@example.com", sessionId: null };
      const ask = () => office.oneTime.issue({ kind: "changeEmail", accountId: minji.id, data, lifeMs: DAY_MS });
      const early = when === "before" ? await ask() : "";
      await setStatus({ status: "suspended" });
      const token = early || (await ask());
      await setStatus({ status: "active" });
      expect(await codeOf(Accounts.verifyEmail(node, { token }))).toBe("LINK_INVALID");
      expect(await office.accounts.byId(minji.id)).toMatchObject({ email: minji.email });
    },
  );

  test("ends all sessions and keeps out until it is lifted", async () => {
    expect(await setStatus({ status: "suspended", reason: "Spam" })).toMatchObject({ result: { status: "suspended" } });
    expect(await endingsOf(minji.id)).toBe(1);
    expect(await codeOf(Accounts.refresh(node, { refresh: minji.signedIn.refresh }))).toBe("INVALID_TOKEN");
    const login = () => codeOf(Accounts.login(node, { email: minji.email, password: PASSWORD }));
    expect(await login()).toBe("ACCOUNT_SUSPENDED");
    expect(await codeOf(Accounts.me(node, {}, minji.as))).toBe("UNAUTHENTICATED");
    await setStatus({ status: "active" });
    expect(await login()).toMatchObject({ result: { user: { handle: "minji" } } });
    const items = await logOf(desk.office, minji.id);
    const changes = items.filter(({ what }) => what === "statusChanged").map(({ detail }) => detail);
    expect(changes).toEqual([
      { from: "suspended", to: "active" },
      { from: "active", to: "suspended", reason: "Spam" },
    ]);
  });

  test("that was cut short is finished by repeating it, with one letter", async () => {
    const { office } = desk;
    const letters = lettersOf(office);
    const account = (await office.accounts.byId(minji.id))!;
    const dead = { ...office.sessions, endAll: () => Promise.reject(new Error("killed")) };
    const order = { status: "suspended", reason: "Spam" } as const;
    await expect(giveStatus({ ...office, sessions: dead }, account, order)).rejects.toThrow("killed");
    for (let time = 0; time < 2; time += 1) {
      await giveStatus(office, (await office.accounts.byId(minji.id))!, order);
    }
    expect(await office.sessions.liveOf(minji.id)).toEqual([]);
    expect(letters.map(({ letter }) => letter)).toEqual([{ kind: "suspended", reason: "Spam" }]);
  });
});

test.each(["member", "advertiser", "moderator"] as const)("a %s gives neither roles nor status", async (role) => {
  const other = await person(desk, "other.one", role);
  expect(await codeOf(Accounts.setRole(node, { handle: "minji", role: "admin" }, other.as))).toBe("FORBIDDEN");
  expect(await codeOf(Accounts.setRole(node, { handle: "other.one", role: "admin" }, other.as))).toBe("FORBIDDEN");
  expect(await setStatus({ status: "suspended" }, other)).toBe("FORBIDDEN");
});

test("an admin's own role and status are another admin's to change", async () => {
  const own = { handle: "mighty" };
  expect(await codeOf(Accounts.setRole(node, { ...own, role: "member" }, admin.as))).toBe("OWN_ROLE");
  expect(await codeOf(Accounts.setStatus(node, { ...own, status: "suspended" }, admin.as))).toBe("OWN_ROLE");
  const other = await person(desk, "mightier", "admin");
  expect(await Accounts.setRole(node, { ...own, role: "member" }, other.as)).toMatchObject({ role: "member" });
});

test("nobody is deleted by status, and a deleted account has none to give", async () => {
  expect(await setStatus({ status: "deleted" })).toBe("INVALID_INPUT");
  await Accounts.deleteUser(node, { handle: "minji" }, admin.as);
  const { handle } = (await desk.office.accounts.byId(minji.id))!;
  expect(await codeOf(Accounts.setStatus(node, { handle, status: "active" }, admin.as))).toBe("USER_NOT_FOUND");
});
