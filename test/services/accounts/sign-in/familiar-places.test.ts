import type { CallerMeta } from "../../../../mixins/answer.ts";
import type { StoredAccount } from "../../../../services/accounts/accounts.store.ts";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import type { Office } from "../../../../services/accounts/office.ts";
import { FAMILIAR_MS, noticePlace } from "../../../../services/accounts/sign-in/familiar-places.ts";
import { lettersOf, logOf, openDesk, type Desk } from "../desk.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Mobile/15E148 Safari/604.1";
const HOME: CallerMeta = { ip: "203.0.113.7", userAgent: FIREFOX };

let desk: Desk;
let office: Office;
let account: StoredAccount;
let letters: ReturnType<typeof lettersOf>;
const come = (place: Partial<CallerMeta>) => noticePlace(office, account, { ...HOME, ...place });
const events = async () => (await logOf(office, account.id)).filter(({ what }) => what === "signedInOnNewDevice");

beforeEach(async () => {
  desk = await openDesk();
  office = desk.office;
  letters = lettersOf(office);
  const pair = { email: "minji@example.com", password: "correct horse battery" };
  const { user } = await Accounts.register(desk.nodes[0]!, pair, { meta: HOME });
  account = (await office.accounts.byId(user.id))!;
});
afterEach(() => desk.close());

test.each([
  ["where it registered", {}],
  ["its neighbour's address, which may be its own tomorrow", { ip: "203.0.113.250" }],
  ["a newer version of the same browser", { userAgent: FIREFOX.replaceAll("144", "145") }],
])("%s is familiar", async (_where, place) => {
  await come(place);
  expect([letters.length, (await events()).length]).toEqual([0, 0]);
});

test.each([
  ["another device", { userAgent: IPHONE }, "Safari on iPhone", "203.0.113.7"],
  ["another network", { ip: "198.51.100.7" }, "Firefox on Linux", "198.51.100.7"],
  ["a device that says nothing", { userAgent: "" }, "Unknown device", "203.0.113.7"],
])("%s is told of once by letter and event", async (_where, place, device, ip) => {
  await come(place);
  await come(place);
  const at = new Date(desk.clock.nowMs).toISOString();
  expect(letters).toMatchObject([{ email: "minji@example.com", letter: { kind: "newDevice", device, ip, at } }]);
  expect(await events()).toMatchObject([{ detail: { device }, ip }]);
});

test("of many sign-ins at once from a new place one is told of", async () => {
  await Promise.all(Array.from({ length: 10 }, () => come({ userAgent: IPHONE })));
  expect([letters.length, (await events()).length]).toEqual([1, 1]);
});

test("a crash before the place is remembered loses no letter and sends no second one", async () => {
  const dies = () => Promise.reject(new Error("killed"));
  const dying = { ...office, signIns: { ...office.signIns, addPlace: dies } };
  await expect(noticePlace(dying, account, { ...HOME, userAgent: IPHONE })).rejects.toThrow("killed");
  await come({ userAgent: IPHONE });
  expect([letters.length, (await events()).length]).toEqual([1, 1]);
});

test("a place of one account is new to another's", async () => {
  await come({ userAgent: IPHONE });
  const pair = { email: "hana@example.com", password: "correct horse battery" };
  const { user } = await Accounts.register(desk.nodes[0]!, pair, { meta: HOME });
  await noticePlace(office, (await office.accounts.byId(user.id))!, { ...HOME, userAgent: IPHONE });
  expect(letters.map(({ email }) => email)).toEqual(["minji@example.com", "hana@example.com"]);
});

test("a place stays familiar by signing in there, and is forgotten half a year after the last time", async () => {
  desk.clock.nowMs += FAMILIAR_MS - 1;
  await come({});
  desk.clock.nowMs += FAMILIAR_MS - 1;
  await office.purge(desk.clock.nowMs);
  await come({});
  expect(letters.length).toBe(0);
  desk.clock.nowMs += FAMILIAR_MS;
  await office.purge(desk.clock.nowMs);
  await come({});
  expect(letters.length).toBe(1);
});

test("an account without an address gets no letter, and the event", async () => {
  account = { ...account, email: null };
  await come({ userAgent: IPHONE });
  expect([letters.length, (await events()).length]).toEqual([0, 1]);
});
