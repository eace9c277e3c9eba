import { openWorld, type Client, type World } from "../world.ts";

let world: World;
let browser: Browser;
/** Somebody new in each test. */
let pair: { email: string; password: string };
let people = 0;

beforeAll(async () => void (world = await openWorld({ roles: ["accounts", "gateway"] })));
afterAll(() => world.close());
beforeEach(() => {
  browser = new Browser(world.visitor());
  pair = { email: `minji${(people += 1)}@example.com`, password: "correct horse battery" };
});

/** Keeps cookies as a browser does, and sends the CSRF token as a page of ours does. */
class Browser {
  readonly client: Client;
  readonly cookies = new Map<string, string>();
  constructor(client: Client) {
    this.client = client;
  }

  async send(method: string, to: string, { body, csrf = true }: { body?: unknown; csrf?: boolean } = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const token = csrf ? this.cookies.get("csrf") : undefined;
    const headers = { ...(cookie && { cookie }), ...(token && { "x-csrf-token": token }) };
    const answer = await this.client.send(method, to, { body, headers });
    for (const text of answer.headers.getSetCookie()) {
      const [, name, value] = /^(\w+)=([^;]*)/.exec(text)!;
      if (/Max-Age=0/i.test(text)) this.cookies.delete(name!);
      else this.cookies.set(name!, value!);
    }
    return answer;
  }
}

test("a browser signs up, comes back after its access has run out, and signs out for good", async () => {
  expect((await browser.send("POST", "/accounts/registration", { body: pair })).status).toBe(201);
  expect((await browser.send("GET", "/accounts/me")).body).toMatchObject({
    email: pair.email,
  });

  browser.cookies.delete("access");
  expect((await browser.send("GET", "/accounts/me")).status).toBe(401);
  expect((await browser.send("POST", "/accounts/token/refresh")).status).toBe(200);
  expect((await browser.send("GET", "/accounts/me")).status).toBe(200);

  const refresh = browser.cookies.get("refresh");
  expect((await browser.send("POST", "/accounts/logout")).status).toBe(204);
  expect([...browser.cookies.keys()]).toEqual([]);
  const afterwards = await world.visitor().post("/accounts/token/refresh", { refresh });
  expect(afterwards).toMatchObject({ status: 401, body: { code: "INVALID_TOKEN" } });
});

test("a strange page cannot spend a browser's cookies", async () => {
  await browser.send("POST", "/accounts/registration", { body: pair });
  const answer = await browser.send("POST", "/accounts/token/refresh", { csrf: false });
  expect(answer).toMatchObject({ status: 403, body: { code: "CSRF_TOKEN_INVALID" } });
});

test("tabs that refresh at once all stay signed in", async () => {
  await browser.send("POST", "/accounts/registration", { body: pair });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => browser.send("POST", "/accounts/token/refresh", { body: {} })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map(({ body }) => body.refresh)).size).toBe(1);
  expect((await browser.send("GET", "/accounts/me")).status).toBe(200);
});

test("a program signs in by header alone", async () => {
  const program = await world.member("robot");
  const { body } = await program.get("/accounts/me");
  expect(body.id).toBe(program.account?.id);
  expect((await program.post("/accounts/token/verify", { token: program.access })).status).toBe(204);
  expect((await program.post("/accounts/token/verify", { token: `${program.access}x` })).status).toBe(401);
});

test("whoever guesses passwords has to wait, and is told how long", async () => {
  await browser.send("POST", "/accounts/registration", { body: pair });
  const guesser = world.visitor();
  const guess = () => guesser.post("/accounts/login", { ...pair, password: "a guess" });
  for (let time = 0; time < 5; time += 1) {
    expect(await guess()).toMatchObject({ status: 401, body: { code: "INVALID_CREDENTIALS" } });
  }
  const refused = await guess();
  expect(refused).toMatchObject({ status: 429, body: { code: "TOO_MANY_ATTEMPTS" } });
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
});

test("a taken e-mail address and a weak password are told apart", async () => {
  const visitor = world.visitor();
  await visitor.post("/accounts/registration", pair);
  const taken = await visitor.post("/accounts/registration", { ...pair, email: pair.email.toUpperCase() });
  expect(taken).toMatchObject({ status: 409, body: { code: "EMAIL_TAKEN" } });
  const weak = await visitor.post("/accounts/registration", { email: "other@example.com", password: "qwerty123" });
  expect(weak).toMatchObject({ status: 422, body: { code: "INVALID_INPUT", errors: [{ path: "password" }] } });
});
