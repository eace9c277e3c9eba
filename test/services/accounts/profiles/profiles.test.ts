import type { ServiceBroker } from "moleculer";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";
import { look, NOBODY, person, type Person } from "./people.ts";

const TOLD = { username: "Minji", location: "Jeju-si", gender: "female", birthdate: "1990-01-01", phone: "+82 10 123" };

let desk: Desk;
let node: ServiceBroker;
let minji: Person;
let people: Record<"stranger" | "member" | "owner" | "moderator" | "admin", { meta: object }>;

beforeAll(async () => {
  desk = await openDesk();
  node = desk.nodes[0]!;
  const [member, moderator, admin] = [
    await person(desk, "somebody"),
    await person(desk, "watchful", "moderator"),
    await person(desk, "mighty", "admin"),
  ];
  const owner = { meta: {} };
  people = { stranger: NOBODY, member: member.as, owner, moderator: moderator.as, admin: admin.as };
});
afterAll(() => desk.close());
let count = 0;
beforeEach(async () => {
  minji = await person(desk, `minji${(count += 1)}`, "member", TOLD);
  people.owner = minji.as;
});
const edit = (changes: object, who = minji.as) => Accounts.editUser(node, { handle: minji.handle, ...changes }, who);
const OPEN = { username: "Minji", bio: "Cars", location: "Jeju-si" };
const CARD = { username: "Minji", bio: null, links: [], location: null, memberSince: null };

describe.each([
  ["stranger", CARD, false],
  ["member", CARD, false],
  ["owner", OPEN, false],
  ["moderator", OPEN, true],
  ["admin", OPEN, true],
] as const)("a profile, looked at by a %s", (who, shownOfPrivate, seesRole) => {
  test("when it is public shows what its owner tells, and no more", async () => {
    await edit({ bio: "Cars" });
    const { seen } = await look(node, minji.handle, people[who]);
    expect(seen).toMatchObject({ ...OPEN, handle: minji.handle, version: 2 });
    expect("role" in seen).toBe(seesRole);
    expect(JSON.stringify(seen)).not.toMatch(/@|\+82|1990|female|argon/);
  });

  test("when it is private shows", async () => {
    await edit({ bio: "Cars", isPublic: false });
    const { seen } = await look(node, minji.handle, people[who]);
    expect(seen).toMatchObject({ ...shownOfPrivate, isPublic: false });
    expect(JSON.stringify(seen)).not.toMatch(/@|\+82|1990|female|argon/);
  });
});

test.each([
  ["stranger", "USER_NOT_FOUND"],
  ["member", "USER_NOT_FOUND"],
  ["moderator", { result: expect.objectContaining({ status: "suspended" }) }],
  ["admin", { result: expect.objectContaining({ status: "suspended" }) }],
] as const)("a suspended member is, for a %s, %p", async (who, outcome) => {
  await Accounts.setStatus(node, { handle: minji.handle, status: "suspended" }, people.admin);
  expect(await codeOf(Accounts.user(node, { handle: minji.handle }, people[who]))).toEqual(outcome);
  if (who !== "stranger") {
    const found = await Accounts.users(node, { search: minji.handle }, people[who]);
    expect(found.items.filter(({ id }) => id === minji.id)).toEqual([]);
  }
});

describe("an edit", () => {
  test("changes what it names and nothing else", async () => {
    const edited = await edit({ bio: "Cars and cameras", links: ["https://example.com/"], location: null });
    const expected = { ...TOLD, bio: "Cars and cameras", links: ["https://example.com/"], location: null, version: 2 };
    expect(edited).toMatchObject({ ...expected, email: minji.email });
    expect(await Accounts.me(node, {}, minji.as)).toEqual(edited);
  });

  test("of an older version is refused, of the newest it is not", async () => {
    await edit({ bio: "one" });
    expect(await codeOf(edit({ bio: "two", ifMatch: '"1-abc"' }))).toBe("VERSION_CONFLICT");
    expect(await edit({ bio: "two", ifMatch: '"2-abc"' })).toMatchObject({ bio: "two", version: 3 });
  });

  test("of many at once, each is applied to the one before, or refused when it named a version", async () => {
    await Promise.all(["username", "bio", "location", "gender"].map((field) => edit({ [field]: "new" })));
    expect(await Accounts.me(node, {}, minji.as)).toMatchObject({
      username: "new",
      bio: "new",
      gender: "new",
      version: 5,
    });
    const outcomes = await Promise.all([1, 2, 3].map((n) => codeOf(edit({ bio: String(n), ifMatch: '"5"' }))));
    expect(outcomes.filter((outcome) => outcome === "VERSION_CONFLICT")).toHaveLength(2);
  });

  test.each([
    ["nothing", {}, "INVALID_INPUT"],
    ["a handle of another form", { newHandle: "Minji K" }, "INVALID_INPUT"],
    ["a link that is none", { links: ["javascript:alert(1)"] }, "INVALID_INPUT"],
    ["a link with somebody before its host", { links: ["https://bank.example@elsewhere.example/"] }, "INVALID_INPUT"],
    ["a name that turns the text after it around", { username: "Minji\u202e" }, "INVALID_INPUT"],
    ["a text that hides another one", { bio: "Cars \u2066and cameras" }, "INVALID_INPUT"],
    ["three links", { links: ["https://a.test", "https://b.test", "https://c.test"] }, "INVALID_INPUT"],
    ["the role", { role: "admin" }, "INVALID_INPUT"],
    ["the e-mail address", { email: "other@example.com" }, "INVALID_INPUT"],
    ["a taken handle", { newHandle: "somebody" }, "HANDLE_TAKEN"],
  ])("with %s is refused", async (_, changes, code) => {
    expect(await codeOf(edit(changes))).toBe(code);
    expect(await Accounts.me(node, {}, minji.as)).toMatchObject({ ...TOLD, version: 1, handle: minji.handle });
  });

  test("that replaces takes away what it does not name, but for language and privacy", async () => {
    await edit({ bio: "Cars", isPublic: false, language: "en" });
    const replaced = await Accounts.replaceUser(node, { handle: minji.handle, username: "M" }, minji.as);
    const gone = { bio: null, location: null, gender: null, birthdate: null, phone: null, links: [], picture: null };
    expect(replaced).toMatchObject({ ...gone, username: "M", isPublic: false, language: "en", email: minji.email });
  });
});

describe.each([
  ["stranger", "UNAUTHENTICATED", "UNAUTHENTICATED"],
  ["member", "FORBIDDEN", "FORBIDDEN"],
  ["moderator", "done", "FORBIDDEN"],
  ["admin", "done", "FORBIDDEN"],
] as const)("somebody else's profile, for a %s", (who, ofShown, ofPrivate) => {
  const outcomeOf = async (call: Promise<unknown>) => {
    const outcome = await codeOf(call);
    return typeof outcome === "string" ? outcome : "done";
  };

  test(`to edit what others see: ${ofShown}`, async () => {
    expect(await outcomeOf(edit({ bio: null, username: "Member" }, people[who] as typeof minji.as))).toBe(ofShown);
  });

  test.each([{ newHandle: "renamed" }, { phone: "12345678" }, { language: "en" }])(
    `to edit %j: ${ofPrivate}`,
    async (changes) => {
      expect(await outcomeOf(edit(changes, people[who] as typeof minji.as))).toBe(ofPrivate);
    },
  );

  test("to replace leaves alone what is its owner's, and shows nothing of it", async () => {
    const call = Accounts.replaceUser(node, { handle: minji.handle, bio: "Moderated" }, people[who]);
    if (ofShown !== "done") return expect(await outcomeOf(call)).toBe(ofShown);
    expect(JSON.stringify(await call)).not.toMatch(/@|\+82|1990|female/);
    expect(await Accounts.me(node, {}, minji.as)).toMatchObject({
      ...TOLD,
      username: null,
      location: null,
      bio: "Moderated",
    });
  });
});

test.each([
  ["moderator", "FORBIDDEN", true],
  ["admin", { result: expect.anything() }, false],
] as const)("whether a profile is open to all is its owner's to say; for a %s: %p", async (who, outcome, isPublic) => {
  expect(await codeOf(edit({ isPublic: false }, people[who] as typeof minji.as))).toEqual(outcome);
  expect(await Accounts.me(node, {}, minji.as)).toMatchObject({ isPublic });
});

test("moderators have no say over each other and over admins", async () => {
  for (const handle of ["watchful", "mighty"]) {
    const other = await person(desk, `other.mod${(count += 1)}`, "moderator");
    expect(await codeOf(Accounts.editUser(node, { handle, bio: "x" }, other.as))).toBe("FORBIDDEN");
    expect(await codeOf(Accounts.deleteUser(node, { handle }, other.as))).toBe("FORBIDDEN");
  }
  expect(await codeOf(Accounts.editUser(node, { handle: "watchful", bio: "x" }, people.admin))).toMatchObject({
    result: {},
  });
});

test("somebody who is not there is not found, whatever is asked", async () => {
  const handle = "nobody.here";
  for (const call of [
    Accounts.user(node, { handle }),
    Accounts.editUser(node, { handle, bio: "x" }, minji.as),
    Accounts.replaceUser(node, { handle }, minji.as),
    Accounts.deleteUser(node, { handle }, minji.as),
    Accounts.setRole(node, { handle, role: "member" }, people.admin),
    Accounts.setStatus(node, { handle, status: "active" }, people.admin),
  ]) {
    expect(await codeOf(call)).toBe("USER_NOT_FOUND");
  }
});
