import { eventually } from "../eventually.ts";
import { config } from "../../moleculer.config.ts";
import { accountsService } from "../../services/accounts/accounts.service.ts";
import { kakaoAt, openKakao, type KakaoDouble } from "../services/accounts/providers/kakao-double.ts";
import { googleAt, openIdProvider, type OpenIdProvider } from "../services/accounts/providers/openid-provider.ts";
import { openWorld, type Client, type World } from "../world.ts";

const HOME = "https://market.example/signed-in";
const verifier = "another-verifier-of-43-characters-or-more-0123";

let world: World;
let google: OpenIdProvider;
let kakao: KakaoDouble;
let clock: { nowMs: number };
let people = 0;

beforeAll(async () => {
  [google, kakao] = await Promise.all([openIdProvider(), openKakao()]);
  clock = { nowMs: Date.now() };
  world = await openWorld({ roles: ["gateway"] });
  const providers = { google: googleAt(google.issuer), kakao: kakaoAt(kakao.url) };
  const ports = { open: () => config().store.open, settings: () => config(), clock: () => clock.nowMs, providers };
  world.broker.createService(accountsService(ports));
  await world.broker.waitForServices("accounts");
  await eventually(async () => expect((await world.visitor().get("/accounts/me")).status).toBe(401));
});
afterAll(() => Promise.all([world.close(), google.stop(), kakao.stop()]));

beforeEach(() => {
  people += 1;
  clock.nowMs = Date.now();
  Object.assign(google, { mould: () => undefined, answer: undefined, delayMs: 0, exchanges: [] });
  google.person = { sub: `google-${people}`, email: `minji${people}@gmail.example`, email_verified: true };
});

/** Somebody's way to a provider and home, as a browser goes it. */
async function comeHome(client: Client, name: "google" | "kakao" = "google") {
  const { status, body } = await client.post(`/accounts/${name}/authorization`, { redirectUri: HOME });
  expect(status).toBe(200);
  const { code, state } = await (name === "google" ? google : kakao).visit(body.url);
  expect(state).toBe(body.state);
  return { code, state: body.state, nonce: body.nonce, codeVerifier: body.codeVerifier, redirectUri: HOME };
}
const login = (brought: object, name = "google") => world.visitor().post(`/accounts/${name}/login`, brought);

test("somebody signs in by Google, has an account, and finds it again the next time", async () => {
  const first = await login(await comeHome(world.visitor()));
  expect(first.status).toBe(200);
  expect(first.body.user).toMatchObject({ email: `minji${people}@gmail.example`, emailVerified: true });
  const again = await login(await comeHome(world.visitor()));
  expect(again.body.user.id).toBe(first.body.user.id);
  const me = await world.visitor().get("/accounts/me", { authorization: `Bearer ${again.body.access}` });
  expect(me.body.id).toBe(first.body.user.id);
  expect(first.headers.getSetCookie().map((cookie) => cookie.split("=")[0])).toEqual(
    expect.arrayContaining(["access", "refresh"]),
  );
});

test("somebody signs in by Kakao", async () => {
  const { status, body } = await login(await comeHome(world.visitor(), "kakao"), "kakao");
  expect(status).toBe(200);
  expect(body.user).toMatchObject({ email: "minji@kakao.example", username: "민지", hasPassword: false });
});

test("what began at home need not bring its nonce", async () => {
  const { nonce: _nonce, ...brought } = await comeHome(world.visitor());
  expect((await login(brought)).status).toBe(200);
});

test.each<[string, (brought: Record<string, string>) => Record<string, string>]>([
  ["a state that nobody issued", (brought) => ({ ...brought, state: "A".repeat(43) })],
  ["another nonce", (brought) => ({ ...brought, nonce: "another nonce" })],
  ["another verifier", (brought) => ({ ...brought, codeVerifier: verifier })],
  ["another redirect URI", (brought) => ({ ...brought, redirectUri: "https://market.example/elsewhere" })],
])("%s is refused before the provider is asked", async (_what, change) => {
  const brought = await comeHome(world.visitor());
  const { status, body } = await login(change(brought));
  expect([status, body.code]).toEqual([401, "STATE_INVALID"]);
  expect(google.exchanges).toEqual([]);
});

test("a state is good once, even when the exchange failed", async () => {
  const brought = await comeHome(world.visitor());
  google.answer = { statusCode: 400, body: { error: "invalid_grant" } };
  expect((await login(brought)).body.code).toBe("PROVIDER_REFUSED");
  google.answer = undefined;
  expect((await login(brought)).body.code).toBe("STATE_INVALID");
});

test("of ten who bring the same state at once one is signed in", async () => {
  const brought = await comeHome(world.visitor());
  const answers = await Promise.all(Array.from({ length: 10 }, () => login(brought)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(401)]);
  expect(google.exchanges).toHaveLength(1);
});

test("a state of one provider is none of another's", async () => {
  const brought = await comeHome(world.visitor());
  expect((await login(brought, "kakao")).body.code).toBe("STATE_INVALID");
});

test("a state is good for ten minutes", async () => {
  const brought = await comeHome(world.visitor());
  clock.nowMs += 10 * 60_000;
  expect((await login(brought)).body.code).toBe("STATE_INVALID");
});

test("a client that ran its own flow is protected by PKCE and its nonce", async () => {
  const { state: _state, ...own } = await comeHome(world.visitor());
  expect((await login({ ...own, nonce: "another nonce" })).body.code).toBe("PROVIDER_REFUSED");
  const { state: _again, ...once } = await comeHome(world.visitor());
  expect((await login({ ...once, codeVerifier: verifier })).body.code).toBe("PROVIDER_REFUSED");
  const { state: _more, ...good } = await comeHome(world.visitor());
  expect((await login(good)).status).toBe(200);
});

test.each<[string, (claims: Record<string, unknown>) => void]>([
  ["expired", (claims) => (claims.exp = Math.floor(Date.now() / 1000) - 60)],
  ["for another client", (claims) => (claims.aud = "somebody else")],
  ["with another nonce", (claims) => (claims.nonce = "somebody else's")],
])("an ID token %s signs nobody in", async (_how, change) => {
  google.mould = ({ payload }) => change(payload);
  const { status, body } = await login(await comeHome(world.visitor()));
  expect([status, body.code]).toEqual([401, "PROVIDER_REFUSED"]);
});

test("an address that Google has not verified signs nobody up", async () => {
  google.person.email_verified = false;
  const { status, body } = await login(await comeHome(world.visitor()));
  expect([status, body.code]).toEqual([403, "EMAIL_NOT_VERIFIED"]);
});

test("an account with a password is linked by its owner, not by its address", async () => {
  const member = await world.member("sooyoung");
  google.person.email = (await member.get("/accounts/me")).body.email;
  expect((await login(await comeHome(world.visitor()))).body.code).toBe("ACCOUNT_EXISTS");
  const linked = await member.post("/accounts/identities/google", await comeHome(member));
  expect(linked.status).toBe(201);
  expect((await member.get("/accounts/identities")).body.identities).toEqual([linked.body]);
  expect((await login(await comeHome(world.visitor()))).body.user.id).toBe(member.account!.id);
  expect((await member.delete("/accounts/identities/google")).status).toBe(204);
  expect((await member.delete("/accounts/identities/google")).body.code).toBe("IDENTITY_NOT_FOUND");
});

test("a provider that takes too long is unavailable, and the exchange is not tried again", async () => {
  const brought = await comeHome(world.visitor());
  google.delayMs = 5000;
  google.asked.length = 0;
  const { status, body } = await login(brought);
  expect([status, body.code]).toEqual([503, "PROVIDER_UNAVAILABLE"]);
  expect(google.asked.filter((path) => path === "/token")).toHaveLength(1);
});

test.each([
  ["with a query", "https://market.example/signed-in?next=1"],
  ["with a fragment", "https://market.example/signed-in#top"],
  ["not in full", "https://market.example"],
  ["of another scheme", "javascript:alert(1)"],
])("a redirect URI %s is refused by name", async (_how, redirectUri) => {
  const { status, body } = await world.visitor().post("/accounts/google/authorization", { redirectUri });
  expect([status, body.errors[0].path]).toEqual([422, "redirectUri"]);
});

test("a provider that is down is unavailable", async () => {
  const brought = await comeHome(world.visitor());
  await google.stop();
  const { status, body } = await login(brought);
  expect([status, body.code]).toEqual([503, "PROVIDER_UNAVAILABLE"]);
});
