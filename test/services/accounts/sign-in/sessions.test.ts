import type { ServiceBroker } from "moleculer";
import { Accounts, type SignedIn } from "../../../../services/accounts/accounts.contract.ts";
import { refreshKey, refreshToken } from "../../../../services/accounts/sign-in/refresh-family.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";

const DAY_MS = 24 * 3600_000;
const PAIR = { email: "minji@example.com", password: "correct horse battery" };

let desk: Desk;
let node: ServiceBroker;
let signedIn: SignedIn;
const refresh = (token: string, at = node) => codeOf(Accounts.refresh(at, { refresh: token }));

beforeEach(async () => {
  desk = await openDesk(2);
  node = desk.nodes[0]!;
  signedIn = await Accounts.register(node, PAIR);
});
afterEach(() => desk.close());

describe("refresh", () => {
  test("gives a new pair for the same session", async () => {
    const next = await Accounts.refresh(node, { refresh: signedIn.refresh });
    expect(next.refresh).not.toBe(signedIn.refresh);
    expect(next.user).toEqual(signedIn.user);
    expect(next.csrfToken).toBe(signedIn.csrfToken);
    const [before, after] = await Promise.all([signedIn, next].map(({ access }) => desk.office.tokens.verify(access)));
    const { accountId, roles, sessionId } = before!;
    expect(after).toMatchObject({ accountId, roles, sessionId });
    expect(after!.tokenId).not.toBe(before!.tokenId);
  });

  test("twenty at once with one token on two nodes all get the same successor, and it works", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => Accounts.refresh(desk.nodes[n % 2]!, { refresh: signedIn.refresh })),
    );
    const successors = new Set(answers.map((answer) => answer.refresh));
    expect(successors.size).toBe(1);
    expect(await refresh([...successors][0]!)).toMatchObject({ result: {} });
  });

  test("a spent token gives the current one again for 30 seconds", async () => {
    const next = await Accounts.refresh(node, { refresh: signedIn.refresh });
    desk.clock.nowMs += 30_000;
    expect(await refresh(signedIn.refresh)).toMatchObject({ result: { refresh: next.refresh } });
  });

  test("a slow tab gets the current one also when others have gone on twice", async () => {
    const second = await Accounts.refresh(node, { refresh: signedIn.refresh });
    desk.clock.nowMs += 20_000;
    const third = await Accounts.refresh(desk.nodes[1]!, { refresh: second.refresh });
    desk.clock.nowMs += 10_000;
    expect(await refresh(signedIn.refresh)).toMatchObject({ result: { refresh: third.refresh } });
    desk.clock.nowMs += 1;
    expect(await refresh(signedIn.refresh)).toBe("REFRESH_REUSED");
  });

  test("later it ends the family, for the thief and for the owner", async () => {
    const next = await Accounts.refresh(node, { refresh: signedIn.refresh });
    desk.clock.nowMs += 30_001;
    expect(await refresh(signedIn.refresh)).toBe("REFRESH_REUSED");
    expect(await refresh(next.refresh, desk.nodes[1])).toBe("INVALID_TOKEN");
    expect(await refresh(signedIn.refresh)).toBe("REFRESH_REUSED");
    expect(await codeOf(Accounts.verify(node, { token: signedIn.access }))).toBe("INVALID_TOKEN");
  });

  test("one family's end leaves the account's other sign-ins alone", async () => {
    const other = await Accounts.login(node, { email: "minji@example.com", password: "correct horse battery" });
    await Accounts.refresh(node, { refresh: signedIn.refresh });
    desk.clock.nowMs += 60_000;
    expect(await refresh(signedIn.refresh)).toBe("REFRESH_REUSED");
    expect(await refresh(other.refresh)).toMatchObject({ result: {} });
  });

  test("a token lives for 7 days", async () => {
    desk.clock.nowMs += 7 * DAY_MS - 1;
    const next = await Accounts.refresh(node, { refresh: signedIn.refresh });
    desk.clock.nowMs += 7 * DAY_MS;
    expect(await refresh(next.refresh)).toBe("INVALID_TOKEN");
  });

  test("expired sessions are purged", async () => {
    expect(await desk.office.signIns.purge(desk.clock.nowMs + 7 * DAY_MS - 1)).toBe(0);
    expect(await desk.office.signIns.purge(desk.clock.nowMs + 7 * DAY_MS)).toBe(1);
    expect(await refresh(signedIn.refresh)).toBe("INVALID_TOKEN");
  });

  test("nothing else is a refresh token, and a forgery does not end the family", async () => {
    const sessionId = (await desk.office.tokens.verify(signedIn.access))!.sessionId;
    const forged = refreshToken(refreshKey("another secret"), { id: sessionId, salt: "guess" }, 1);
    const bad = [forged, signedIn.access, `${signedIn.refresh}=`, ` ${signedIn.refresh}`, sessionId, "x", "한"];
    for (const token of bad) expect([token, await refresh(token)]).toEqual([token, "INVALID_TOKEN"]);
    expect(await codeOf(Accounts.refresh(node, {}))).toBe("INVALID_TOKEN");
    expect(await refresh(signedIn.refresh)).toMatchObject({ result: {} });
  });

  test("no refresh token stands in the store", async () => {
    const session = await desk.office.signIns.session((await desk.office.tokens.verify(signedIn.access))!.sessionId);
    expect(JSON.stringify(session)).not.toContain(signedIn.refresh.split(".")[2]);
  });
});

describe("logout", () => {
  test("ends the session on every node", async () => {
    await Accounts.logout(node, { refresh: signedIn.refresh });
    expect(await refresh(signedIn.refresh, desk.nodes[1])).toBe("INVALID_TOKEN");
    expect(await codeOf(Accounts.verify(node, { token: signedIn.access }))).toBe("INVALID_TOKEN");
  });

  test("with a spent token ends it too, also while others refresh", async () => {
    const { refresh: current } = await Accounts.refresh(node, { refresh: signedIn.refresh });
    const { sessionId } = (await desk.office.tokens.verify(signedIn.access))!;
    await Promise.all([
      ...Array.from({ length: 10 }, (_, n) => refresh(current, desk.nodes[n % 2]!)),
      Accounts.logout(node, { refresh: signedIn.refresh }),
    ]);
    const session = await desk.office.signIns.session(sessionId);
    expect(session?.endedBy).toBe("logout");
  });

  test.each<[string, () => Promise<string>]>([
    ["wrong", () => Promise.resolve("unknown")],
    [
      "of a session that has ended",
      async () => {
        const { refresh: spent } = await Accounts.login(node, PAIR);
        await Accounts.logout(node, { refresh: spent });
        return spent;
      },
    ],
  ])("with a token that is %s ends the session of the caller", async (_what, unusable) => {
    const { sessionId, accountId } = (await desk.office.tokens.verify(signedIn.access))!;
    const meta = { accountId, sessionId, roles: ["member"] };
    await Accounts.logout(node, { refresh: await unusable() }, { meta });
    expect(await refresh(signedIn.refresh)).toBe("INVALID_TOKEN");
    expect(await codeOf(Accounts.verify(node, { token: signedIn.access }))).toBe("INVALID_TOKEN");
  });

  test("with the token of another live session of the caller ends that one alone", async () => {
    const { refresh: elsewhere } = await Accounts.login(node, PAIR);
    const { sessionId, accountId } = (await desk.office.tokens.verify(signedIn.access))!;
    await Accounts.logout(node, { refresh: elsewhere }, { meta: { accountId, sessionId, roles: ["member"] } });
    expect(await refresh(elsewhere)).toBe("INVALID_TOKEN");
    expect(await refresh(signedIn.refresh)).toMatchObject({ result: {} });
  });

  test("says nothing about what it does not know", async () => {
    expect(await Accounts.logout(node, {})).toBeNull();
    expect(await Accounts.logout(node, { refresh: "unknown" })).toBeNull();
    expect(await refresh(signedIn.refresh)).toMatchObject({ result: {} });
  });
});
