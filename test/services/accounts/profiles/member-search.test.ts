import type { ServiceBroker } from "moleculer";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import { searchTextOf } from "../../../../services/accounts/profiles/member-search.ts";
import { folded } from "../../../../mixins/folded.ts";
import { newAccount } from "../../../../services/accounts/credentials/registration.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";
import { person, type Person } from "./people.ts";

let desk: Desk;
let node: ServiceBroker;
let caller: Person;
beforeAll(async () => {
  desk = await openDesk();
  node = desk.nodes[0]!;
  caller = await person(desk, "searcher", "member", { username: "Seeker of all" });
  const names: [string, string | null][] = [
    ["minji.k", "민지"],
    ["jo_hn", "JOHN Straße"],
    ["full.width", "ＡＢＣ 100%"],
    ["plain", null],
    ["gone.one", "Gone"],
    ["bad.one", "Bad"],
  ];
  for (const [handle, username] of names) {
    await desk.office.accounts.add({ ...newAccount({}), handle, username, isPublic: handle !== "plain" });
  }
  for (const [handle, status] of [
    ["gone.one", "deleted"],
    ["bad.one", "suspended"],
  ] as const) {
    await desk.office.accounts.change((await desk.office.accounts.byHandle(handle))!, { status });
  }
});
afterAll(() => desk.close());
const found = async (search?: string) =>
  (await Accounts.users(node, { ...(search && { search }) }, caller.as)).items.map(({ handle }) => handle);

test.each([
  ["everybody but the caller, the suspended and the deleted", undefined, ["full.width", "jo_hn", "minji.k", "plain"]],
  ["a piece of a handle", "inji", ["minji.k"]],
  ["a piece of a name", "지", ["minji.k"]],
  ["capitals that do not count", "JOHN", ["jo_hn"]],
  ["small letters for capitals", "john straß", ["jo_hn"]],
  ["width that does not count", "abc", ["full.width"]],
  ["a wide search for a narrow name", "ＰＬＡＩＮ", ["plain"]],
  ["a per cent sign, which is one", "%", ["full.width"]],
  ["an underscore, which is one", "_", ["jo_hn"]],
  ["a dot, which is one", "l.w", ["full.width"]],
  ["a sign of patterns", ".*", []],
  ["the caller", "searcher", []],
  ["the caller's name", "seeker", []],
  ["a suspended member", "bad", []],
  ["a deleted one", "gone", []],
  ["something across handle and name", "k민", []],
])("finds %s", async (_, search, handles) => {
  expect(await found(search)).toEqual(handles);
});

test("shows the card and nothing else, of private profiles, too", async () => {
  const { items } = await Accounts.users(node, { search: "plain" }, caller.as);
  const card = { id: expect.any(String), handle: "plain", username: null, picture: null, isPublic: false };
  expect(items).toEqual([card]);
});

test("pages are in order, without gaps and repetitions, and know how many there are", async () => {
  const pages = await Promise.all([1, 2, 3].map((page) => Accounts.users(node, { page, size: 2 }, caller.as)));
  expect(pages.map(({ items }) => items.map(({ handle }) => handle))).toEqual([
    ["full.width", "jo_hn"],
    ["minji.k", "plain"],
    [],
  ]);
  expect(pages.map(({ total, page, size }) => [total, page, size])).toEqual([1, 2, 3].map((page) => [4, page, 2]));
});

test("pages lie no deeper than 10,000 members", async () => {
  const page = (query: object) => codeOf(Accounts.users(node, query, caller.as));
  expect(await page({ page: 500, size: 20 })).toMatchObject({ result: { items: [], total: 4 } });
  expect(await page({ page: 501, size: 20 })).toBe("DEEP_PAGING");
  expect(await page({ page: 10_000, size: 2 })).toBe("DEEP_PAGING");
  expect(await page({ size: 21 })).toBe("INVALID_INPUT");
  expect(await page({ page: 0 })).toBe("INVALID_INPUT");
  expect(await page({ search: " " })).toBe("INVALID_INPUT");
  expect(await codeOf(Accounts.users(node, {}))).toBe("UNAUTHENTICATED");
});

test("the 1,203rd member is found on its page", async () => {
  const crowd = await openDesk();
  try {
    const seeker = await person(crowd, "aaaa");
    const handles = Array.from({ length: 1205 }, (_, n) => `crowd.${String(n).padStart(5, "0")}`);
    for (const handle of handles) await crowd.office.accounts.add({ ...newAccount({}), handle });
    const { items } = await Accounts.users(crowd.nodes[0]!, { page: 61, size: 20 }, seeker.as);
    expect(items.map(({ handle }) => handle)).toEqual(handles.slice(1200));
  } finally {
    await crowd.close();
  }
});

test("a new name is found at once, the old one no more", async () => {
  const mover = await person(desk, "mover", "member", { username: "Before" });
  await Accounts.editUser(node, { handle: "mover", newHandle: "arrived", username: "After" }, mover.as);
  expect([await found("mover"), await found("before"), await found("arriv"), await found("after")]).toEqual([
    [],
    [],
    ["arrived"],
    ["arrived"],
  ]);
});

test("what is searched and what is stored are folded alike", () => {
  for (const name of ["İstanbul", "ﬁne", "ΣΑΣ", "e\u0301", "ﷺ".repeat(50)]) {
    expect(searchTextOf({ handle: "x", username: name })).toContain(folded(name));
    expect(folded(name).length).toBeLessThanOrEqual(1000);
  }
});
