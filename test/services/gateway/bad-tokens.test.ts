import { badTokens, tokenMaker } from "../../mixins/tokens/bad-tokens.ts";
import { eventually } from "../../eventually.ts";
import { testIssuer } from "../../token-issuer.ts";
import { accessOf, csrfToken, issuer, openStall, type Stall } from "./stall.ts";

const claims = { accountId: "ada", roles: ["member"], sessionId: "session-of-ada" };
const maker = tokenMaker(issuer, () => ({ claims, nowMs: Date.now() }));
const header = (token: string) => ({ authorization: `Bearer ${token}` });
const cookie = (token: string) => ({ cookie: `access=${token}` });

let stall: Stall;
beforeAll(async () => void (stall = await openStall()));
afterAll(() => stall.close());

const whoAmI = (headers: Record<string, string>, at = stall) => at.send("GET", "/api/who-am-i", { headers });
const make = (headers: Record<string, string>, at = stall) =>
  at.send("POST", "/api/things", { headers, body: { name: "lamp" } });

/** What fetch would not send, or would trim, is tried in another file, straight at the verifier. */
const canTravel = (token: string) => /^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(token) && token.length < 15_000;

test("a good token passes by header and by cookie", async () => {
  const token = await maker.make();
  expect((await whoAmI(header(token))).body).toMatchObject(claims);
  expect((await whoAmI(cookie(token))).body).toMatchObject(claims);
});

test("none that is bad in any way speaks for anybody, by header or by cookie", async () => {
  let tried = 0;
  for (const [title, bad] of badTokens(maker)) {
    const token = await bad();
    if (!canTravel(token)) continue;
    const { status, body } = await whoAmI(header(token));
    expect([title, status, body.code]).toEqual([title, 401, "UNAUTHENTICATED"]);
    expect([title, (await whoAmI(cookie(token))).body.accountId]).toEqual([title, undefined]);
    tried += 1;
  }
  expect(tried).toBeGreaterThan(75);
});

test("a refused token is not told why, and 401 asks for another one", async () => {
  const answers = await Promise.all(
    [await maker.make({ kid: "unknown" }), await maker.make({}, { exp: 1 }), "x"].map((token) => whoAmI(header(token))),
  );
  expect(new Set(answers.map(({ body }) => body.detail)).size).toBe(1);
  expect(answers[0]!.headers.get("www-authenticate")).toBe("Bearer");
});

describe("an ended token", () => {
  test.each(["jti", "sid", "sub"] as const)("is refused by header and cookie when its %s has ended", async (claim) => {
    const name = `one-whose-${claim}-ends`;
    const token = await accessOf(name, "member");
    const { jti, sid, sub } = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as Claims;
    expect((await whoAmI(header(token))).status).toBe(200);
    const ending = { about: { jti, sid, sub }[claim], atMs: Date.now(), forgottenAtMs: 1e15 };
    await stall.broker.broadcast(issuer.event, { endings: [ending] });
    expect((await whoAmI(header(token))).status).toBe(401);
    expect((await whoAmI(cookie(token))).body.accountId).toBeUndefined();
    const later = { ...claims, accountId: sub, sessionId: sid, after: ending.atMs };
    expect((await whoAmI(header(await issuer.sign(later, Date.now())))).status).toBe(claim === "sid" ? 401 : 200);
  });

  test("of an issuer whose clock is ahead is refused like any other, until one comes that knows of the ending", async () => {
    const account = { ...claims, accountId: "who-was-demoted" };
    const ahead = await issuer.sign(account, Date.now() + 4000);
    expect((await whoAmI(header(ahead))).status).toBe(200);
    const ending = { about: account.accountId, atMs: Date.now(), forgottenAtMs: 1e15 };
    await stall.broker.broadcast(issuer.event, { endings: [ending] });
    expect((await whoAmI(header(ahead))).status).toBe(401);
    const next = await issuer.sign({ ...account, after: ending.atMs }, Date.now());
    expect((await whoAmI(header(next))).status).toBe(200);
  });
});
interface Claims {
  jti: string;
  sid: string;
  sub: string;
}

describe("while nobody tells the gateway which keys are good", () => {
  const away = testIssuer();
  let cutOff: Stall;
  let token: string;
  beforeAll(async () => {
    away.isAway = true;
    cutOff = await openStall({ ports: { issuer: away } });
    token = await away.sign(claims, Date.now());
  });
  afterAll(() => cutOff.close());

  test("credentials are 503, so that nobody throws good ones away", async () => {
    for (const headers of [header(token), header("nonsense.of.somebody")]) {
      const { status, body } = await make(headers, cutOff);
      expect([status, body.code]).toEqual([503, "ACCOUNTS_UNAVAILABLE"]);
    }
    const byCookie = await make({ ...cookie(token), "x-csrf-token": csrfToken("session-of-ada") }, cutOff);
    expect([byCookie.status, byCookie.headers.getSetCookie()]).toEqual([503, []]);
  });

  test("visitors are served, also those whose browser sends a cookie", async () => {
    expect((await whoAmI({}, cutOff)).status).toBe(200);
    expect((await whoAmI(cookie(token), cutOff)).body.accountId).toBeUndefined();
  });

  test("as soon as somebody does, they pass; and later it may be away", async () => {
    away.isAway = false;
    await eventually(async () => expect((await make(header(token), cutOff)).status).toBe(201));
    away.isAway = true;
    const fresh = await away.sign(claims, Date.now());
    expect((await make(header(fresh), cutOff)).status).toBe(201);
  });
});
