import type { ServiceBroker } from "moleculer";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import type { Office } from "../../../../services/accounts/office.ts";
import { finishLeaving } from "../../../../services/accounts/profiles/leaving.ts";
import { codeOf, lettersOf, openDesk, type Desk } from "../desk.ts";
import { look, person, type Person } from "./people.ts";

const TOLD = {
  username: "Minji Kim",
  location: "Jeju-si",
  gender: "female",
  birthdate: "1990-01-01",
  phone: "+82 10 123",
};
const MINUTE_MS = 60_000;

let desk: Desk;
let node: ServiceBroker;
let minji: Person;
let letters: ReturnType<typeof lettersOf>;
beforeEach(async () => {
  desk = await openDesk(2);
  node = desk.nodes[0]!;
  minji = await person(desk, "minji", "member", TOLD);
  const { accounts } = desk.office;
  await accounts.change((await accounts.byId(minji.id))!, { emailVerifiedAt: new Date().toISOString() });
  letters = lettersOf(desk.office);
});
afterEach(() => desk.close());
const remove = (who = minji, handle = "minji") => codeOf(Accounts.deleteUser(node, { handle }, who.as));
const DONE = { result: null };

/** Something in every place that knows of a member. */
async function settleIn({ accounts, sessions, oneTime, secondFactors, identities, devices }: Office): Promise<void> {
  const accountId = minji.id;
  await Accounts.editUser(node, { handle: "minji", newHandle: "minji.k", bio: "Cars" }, minji.as);
  minji.handle = "minji.k";
  await oneTime.issue({ kind: "resetPassword", accountId, lifeMs: MINUTE_MS });
  await identities.add({ accountId, provider: "google", subject: "12345" });
  await devices.add(accountId, { name: "Minji's phone", token: "fcm:abc" });
  const key = { credentialId: "AQID", publicKey: "AQID", counter: 0, transports: [], name: "Laptop", lastUsedAt: null };
  await secondFactors.addPasskey({ accountId, ...key });
  const codes = { recoverySalt: "x", recoveryHashes: [], pendingSecret: null, pendingUntilMs: 0, lastStep: 0 };
  await secondFactors.addAuthenticator(accountId, { secret: "sealed", ...codes });
  await sessions.prove(minji.as.meta.sessionId!, ["password", "totp"]);
  expect(await accounts.formerHandles.of(accountId)).toHaveLength(1);
}

/** What is left of the member, apart from the emptied account. */
async function remains({ accounts, signIns, sessions, secondFactors, identities, devices, events }: Office) {
  const [kept, log] = [await signIns.sessionsOf(minji.id), await events.of(minji.id, { limit: 100 })];
  return {
    sessions: (await sessions.liveOf(minji.id)).length,
    places: [...kept, ...log.items].filter(({ ip, userAgent }) => ip !== null || userAgent !== null).length,
    words: log.items.filter(({ detail }) => JSON.stringify(detail).includes("minji")).length,
    familiar: await signIns.hasFamiliarPlaces(minji.id),
    passkeys: (await secondFactors.passkeysOf(minji.id)).length,
    authenticator: await secondFactors.authenticator(minji.id),
    identities: (await identities.of(minji.id)).length,
    devices: (await devices.of(minji.id)).length,
    handles: (await accounts.formerHandles.of(minji.id)).length,
    farewell: (await accounts.byId(minji.id))!.farewell,
  };
}
const NOTHING = {
  ...{ sessions: 0, places: 0, words: 0, familiar: false, passkeys: 0, authenticator: undefined, identities: 0 },
  ...{ devices: 0, handles: 0, farewell: null },
};

test("a deletion empties the account, ends its sign-ins and is told in one fact", async () => {
  await settleIn(desk.office);
  expect(await remove(minji, "minji.k")).toEqual(DONE);

  const husk = (await desk.office.accounts.byId(minji.id))!;
  expect(husk.handle).toMatch(/^deleted\.[a-z0-9]{16}$/);
  const { farewell, ...rest } = husk;
  expect(farewell).toEqual({ email: minji.email, language: "ko", emailVerifiedAt: expect.any(String) });
  expect(rest).toMatchObject({
    email: null,
    passwordHash: null,
    emailVerifiedAt: null,
    status: "deleted",
    role: "member",
  });
  expect(JSON.stringify(rest)).not.toMatch(/minji|jeju|female|1990|\+82|cars/i);
  const facts = await desk.office.accounts.factSource.unsentFacts(10);
  expect(facts.map(({ fact }) => [fact.name, fact.payload])).toEqual([["accounts.deleted", { accountId: minji.id }]]);

  expect(await codeOf(Accounts.refresh(desk.nodes[1]!, { refresh: minji.signedIn.refresh }))).toBe("INVALID_TOKEN");
  expect((await desk.office.endings.current()).map(({ about }) => about)).toContain(minji.id);
  expect(await codeOf(Accounts.me(node, {}, minji.as))).toBe("UNAUTHENTICATED");
  for (const handle of ["minji.k", husk.handle]) expect(await codeOf(look(node, handle))).toBe("USER_NOT_FOUND");
  expect(await remove(minji, "minji.k")).toBe("USER_NOT_FOUND");
});

test("what follows takes everything away that is kept elsewhere, and writes a last letter", async () => {
  await settleIn(desk.office);
  await remove(minji, "minji.k");
  await finishLeaving(desk.office, minji.id);
  expect(await remains(desk.office)).toEqual(NOTHING);
  expect(letters).toEqual([
    { email: minji.email, language: "ko", letter: { kind: "deleted" }, key: `deleted:${minji.id}` },
  ]);
  const { items } = await desk.office.events.of(minji.id, { limit: 1 });
  expect(items).toMatchObject([{ what: "deleted" }]);
});

const STEPS: [keyof Office, string][] = [
  ...([
    ["sessions", "endAll"],
    ["endings", "end"],
    ["oneTime", "withdrawAll"],
    ["devices", "forget"],
  ] as const),
  ...([
    ["secondFactors", "passkeysOf"],
    ["secondFactors", "removePasskey"],
    ["identities", "remove"],
  ] as const),
  ...([
    ["events", "forgetPlaces"],
    ["signIns", "forgetPlaces"],
    ["post", "send"],
    ["accounts", "change"],
  ] as const),
].map(([part, step]) => [part, step]);

test.each(STEPS)(
  "a process that dies before or after %s.%s is made up for by the next delivery",
  async (part, step) => {
    await settleIn(desk.office);
    await remove(minji, "minji.k");
    const whole = desk.office[part] as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>;
    const dying = (really: boolean) => ({
      ...desk.office,
      [part]: {
        ...whole,
        async [step](...given: unknown[]) {
          if (really) await whole[step]!(...given);
          throw new Error("killed");
        },
      },
    });
    for (const really of [false, true]) {
      await expect(finishLeaving(dying(really), minji.id)).rejects.toThrow("killed");
    }
    await finishLeaving(desk.office, minji.id);
    await finishLeaving(desk.office, minji.id);
    expect(await remains(desk.office)).toEqual(NOTHING);
    expect(letters).toHaveLength(1);
  },
);

test("the e-mail is free at once and the handle in 30 days; who takes them is somebody new", async () => {
  await remove();
  await finishLeaving(desk.office, minji.id);
  expect(await codeOf(person(desk, "minji"))).toBe("HANDLE_TAKEN");
  expect(await codeOf(look(node, "minji"))).toBe("USER_NOT_FOUND");
  desk.clock.nowMs += 30 * 24 * 60 * MINUTE_MS;
  const again = await person(desk, "minji");
  expect(again.id).not.toBe(minji.id);
  await finishLeaving(desk.office, minji.id);
  expect(await Accounts.me(node, {}, again.as)).toMatchObject({ email: minji.email, username: null });
});

test("of many deletions at once one is told", async () => {
  const outcomes = await Promise.all([1, 2, 3].map(() => remove()));
  expect(outcomes).toContainEqual(DONE);
  expect(await desk.office.accounts.factSource.unsentFacts(10)).toHaveLength(1);
});

test("a proof that is older than five minutes is too old", async () => {
  desk.clock.nowMs += 5 * MINUTE_MS + 1;
  expect(await remove()).toBe("STEP_UP_REQUIRED");
  await Accounts.stepUp(node, { password: "pass phrase 271828" }, minji.as);
  expect(await remove()).toEqual(DONE);
});

test.each([
  ["member", "member", "FORBIDDEN"],
  ["advertiser", "member", "FORBIDDEN"],
  ["moderator", "member", "FORBIDDEN"],
  ["moderator", "advertiser", "FORBIDDEN"],
  ["admin", "member", DONE],
  ["moderator", "moderator", "FORBIDDEN"],
  ["moderator", "admin", "FORBIDDEN"],
  ["admin", "admin", DONE],
] as const)("a %s deletes a %s: %p", async (role, ofRole, outcome) => {
  const [other, target] = [await person(desk, "other.one", role), await person(desk, "target", ofRole)];
  expect(await remove(other, "target")).toEqual(outcome);
  expect((await desk.office.accounts.byId(target.id))!.status).toBe(outcome === DONE ? "deleted" : "active");
});
