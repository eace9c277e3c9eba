import type { ServiceBroker } from "moleculer";
import type { CallerMeta } from "../../../../mixins/answer.ts";
import { Accounts, type SignedIn } from "../../../../services/accounts/accounts.contract.ts";
import { MOST_LIVE } from "../../../../services/accounts/sign-in/sessions.ts";
import { eventually } from "../../../eventually.ts";
import { mailsIn, type ReadMail } from "../../../outbox.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";

const PAIR = { email: "minji@example.com", password: "correct horse battery" };
const LAPTOP = {
  ip: "203.0.113.7",
  userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
};
const PHONE = {
  ip: "198.51.100.9",
  userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Mobile/15E148 Safari/604.1",
};

let desk: Desk;
let node: ServiceBroker;
let laptop: { meta: CallerMeta; signedIn: SignedIn };
let phone: { meta: CallerMeta; signedIn: SignedIn };

/** The caller that the gateway would make of a sign-in. */
const as = (signedIn: SignedIn, place: CallerMeta) => ({
  signedIn,
  meta: { ...place, accountId: signedIn.user.id, roles: ["member"], sessionId: signedIn.refresh.split(".")[0]! },
});
const refresh = ({ signedIn }: { signedIn: SignedIn }) => codeOf(Accounts.refresh(node, { refresh: signedIn.refresh }));
const sessionsOf = async (meta: CallerMeta) => (await Accounts.sessions(node, {}, { meta })).sessions;
const eventsOf = async (meta: CallerMeta) =>
  (await Accounts.securityEvents(node, { limit: 100 }, { meta })).items.map(({ what }) => what);

beforeEach(async () => {
  desk = await openDesk(2);
  node = desk.nodes[0]!;
  laptop = as(await Accounts.register(node, PAIR, { meta: LAPTOP }), LAPTOP);
  desk.clock.nowMs += 1000;
  phone = as(await Accounts.login(node, PAIR, { meta: PHONE }), PHONE);
});
afterEach(() => desk.close());

const somebodyElse = async () =>
  as(await Accounts.register(node, { ...PAIR, email: "hana@example.com" }, { meta: LAPTOP }), LAPTOP);

describe("the list of sign-ins", () => {
  test("has each with its place, latest first, and says which one asks", async () => {
    expect(await sessionsOf(laptop.meta)).toMatchObject([
      { current: false, device: "Safari on iPhone", ip: "198.51.100.9", proofs: ["password"] },
      { current: true, device: "Firefox on Linux", ip: "203.0.113.7", proofs: ["password"] },
    ]);
  });

  test("follows a sign-in to where it was last refreshed", async () => {
    desk.clock.nowMs += 60_000;
    const meta = { ...LAPTOP, ip: "192.0.2.1" };
    await Accounts.refresh(node, { refresh: laptop.signedIn.refresh }, { meta });
    const [first] = await sessionsOf(laptop.meta);
    expect(first).toMatchObject({ current: true, ip: "192.0.2.1" });
    expect(Date.parse(first!.lastSeenAt) - Date.parse(first!.startedAt)).toBe(61_000);
  });

  test("has nothing of other accounts, of what was signed out, and of what has expired", async () => {
    await somebodyElse();
    await Accounts.logout(node, { refresh: phone.signedIn.refresh });
    expect(await sessionsOf(laptop.meta)).toHaveLength(1);
    desk.clock.nowMs += 7 * 24 * 3600_000;
    expect(await sessionsOf(laptop.meta)).toEqual([]);
  });

  test("has at most a hundred: the one that was not seen for longest ends", async () => {
    desk.clock.nowMs += 1000;
    await refresh(laptop);
    const begin = () => desk.office.sessions.begin({ id: laptop.signedIn.user.id }, LAPTOP, ["password"]);
    desk.clock.nowMs += 1000;
    for (let count = 2; count <= MOST_LIVE; count += 1) await begin();
    expect(await sessionsOf(laptop.meta)).toHaveLength(MOST_LIVE);
    expect(await refresh(phone)).toBe("INVALID_TOKEN");
    expect(await refresh(laptop)).toMatchObject({ result: {} });
  });
});

describe("ending", () => {
  test("one of one's sign-ins ends it on every node, and may be repeated", async () => {
    const id = phone.meta.sessionId!;
    await Accounts.endSession(desk.nodes[1]!, { id }, { meta: laptop.meta });
    expect(await refresh(phone)).toBe("INVALID_TOKEN");
    expect(await refresh(laptop)).toMatchObject({ result: {} });
    expect(await codeOf(Accounts.endSession(node, { id }, { meta: laptop.meta }))).toEqual({ result: null });
    expect((await eventsOf(laptop.meta)).filter((what) => what === "sessionEnded")).toHaveLength(1);
  });

  test("somebody else's is not found, and goes on", async () => {
    const { meta } = await somebodyElse();
    expect(await codeOf(Accounts.endSession(node, { id: phone.meta.sessionId! }, { meta }))).toBe("SESSION_NOT_FOUND");
    const unknown = { id: "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a" };
    expect(await codeOf(Accounts.endSession(node, unknown, { meta }))).toBe("SESSION_NOT_FOUND");
    expect(await refresh(phone)).toMatchObject({ result: {} });
  });

  test("all others leaves the one that asks", async () => {
    const other = await somebodyElse();
    await Accounts.endOtherSessions(node, {}, { meta: laptop.meta });
    expect(await refresh(phone)).toBe("INVALID_TOKEN");
    expect(await refresh(laptop)).toMatchObject({ result: {} });
    expect(await refresh(other)).toMatchObject({ result: {} });
  });
});

test("a letter to a proved address tells of the sign-in from a new place, and none of the first", async () => {
  const account = (await desk.office.accounts.byEmail(PAIR.email))!;
  await desk.office.accounts.change(account, { emailVerifiedAt: new Date().toISOString() });
  const tablet = { ip: "192.0.2.44", userAgent: PHONE.userAgent.replace("iPhone", "iPad") };
  await Accounts.login(node, PAIR, { meta: tablet });
  const isAboutTablet = ({ text }: ReadMail) => text.includes("192.0.2.44");
  await eventually(() => expect(mailsIn(desk.dataDir, PAIR.email).filter(isAboutTablet)).toHaveLength(1));
  expect(mailsIn(desk.dataDir, PAIR.email).some(({ text }) => text.includes("Firefox"))).toBe(false);
});

describe("security events", () => {
  test("tell what happened, latest first, each once", async () => {
    await Accounts.logout(node, { refresh: phone.signedIn.refresh });
    await Accounts.logout(node, { refresh: phone.signedIn.refresh });
    await Accounts.endOtherSessions(node, {}, { meta: laptop.meta });
    expect(await eventsOf(laptop.meta)).toEqual([
      "signedOut",
      "signedInOnNewDevice",
      "signedIn",
      "signedIn",
      "registered",
    ]);
  });

  test("say where, and by what", async () => {
    const { items } = await Accounts.securityEvents(node, {}, { meta: laptop.meta });
    expect(items.find(({ sessionId }) => sessionId === phone.meta.sessionId)).toMatchObject({
      ip: "198.51.100.9",
      device: "Safari on iPhone",
    });
    expect(items.find(({ what }) => what === "signedIn")?.detail).toEqual({ proof: "password" });
    expect(JSON.stringify(items)).not.toMatch(/correct horse|Mozilla/);
  });

  test("tell of a reused token once, however often it comes", async () => {
    await refresh(laptop);
    desk.clock.nowMs += 60_000;
    for (let time = 0; time < 3; time += 1) expect(await refresh(laptop)).toBe("REFRESH_REUSED");
    expect((await eventsOf(phone.meta)).filter((what) => what === "refreshReused")).toHaveLength(1);
  });

  test("are read page by page, by their owner only", async () => {
    const other = await somebodyElse();
    expect(await eventsOf(other.meta)).toEqual(["signedIn", "registered"]);
    const read: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = { limit: 1, ...(cursor && { cursor }) };
      const { items, nextCursor } = await Accounts.securityEvents(node, page, { meta: laptop.meta });
      read.push(...items.map(({ what }) => what));
      cursor = nextCursor;
    }
    expect(read).toEqual(await eventsOf(laptop.meta));
    expect(await codeOf(Accounts.securityEvents(node, {}))).toBe("UNAUTHENTICATED");
  });

  test("go after a year", async () => {
    const { events } = desk.office;
    expect(await events.purge(desk.clock.nowMs + 364 * 24 * 3600_000)).toBe(0);
    expect(await events.purge(desk.clock.nowMs + 365 * 24 * 3600_000)).toBe(4);
  });
});
