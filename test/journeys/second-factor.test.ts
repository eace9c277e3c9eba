import { shownCode } from "../services/accounts/second-factor/person.ts";
import { openWorld, type Client, type World } from "../world.ts";

let world: World;
beforeAll(async () => void (world = await openWorld({ roles: ["accounts", "gateway"] })));
afterAll(() => world.close());

/** Somebody with an authenticator app; their codes are of one step after the other, each good once. */
class Careful {
  readonly client: Client;
  readonly email = `minji-${Math.random().toString(36).slice(2)}@example.com`;
  readonly password = "seven tangerines on the porch";
  recoveryCodes: string[] = [];
  private secret = "";
  private readonly startedMs = Date.now();

  constructor(client: Client) {
    this.client = client;
  }

  /** The code of this step or the next: good for half a minute and more, whatever the clock says meanwhile. */
  code = (step: 0 | 1) => shownCode(this.secret, this.startedMs, step);

  took({ body }: { body: { access: string; user: { id: string; handle: string } } }): void {
    this.client.access = body.access;
    this.client.account = body.user;
  }

  async signUp(): Promise<this> {
    const { email, password } = this;
    this.took(await this.client.post("/accounts/registration", { email, password }));
    return this;
  }

  async setAppUp(): Promise<this> {
    const enrolled = await this.client.post("/accounts/totp", {});
    expect(enrolled).toMatchObject({ status: 201, body: { uri: expect.stringContaining("otpauth://totp/") } });
    this.secret = enrolled.body.secret;
    const confirmed = await this.client.post("/accounts/totp/confirm", { code: this.code(0) });
    expect(confirmed.status).toBe(200);
    this.recoveryCodes = confirmed.body.recoveryCodes;
    return this;
  }

  login = () => world.visitor().post("/accounts/login", { email: this.email, password: this.password });
  answer = (token: string, code: string) => world.visitor().post("/accounts/login/second-factor", { token, code });
}

const careful = async () => (await new Careful(world.visitor()).signUp()).setAppUp();

test("a member with an app signs out and comes in again by password and code, once per code", async () => {
  const minji = await careful();
  expect((await minji.client.post("/accounts/logout", {})).status).toBe(204);
  expect((await minji.client.get("/accounts/second-factors")).status).toBe(401);

  const pending = await minji.login();
  expect(pending).toMatchObject({ status: 202, body: { methods: ["totp", "recoveryCode"] } });
  expect(pending.headers.getSetCookie()).toEqual([]);
  expect(await minji.answer(pending.body.token, minji.code(0))).toMatchObject({
    ...{ status: 401, body: { code: "INVALID_CODE" } },
  });

  const signedIn = await minji.answer(pending.body.token, minji.code(1));
  expect(signedIn.status).toBe(200);
  expect(signedIn.headers.getSetCookie().join()).toContain("refresh=");
  minji.took(signedIn);
  expect((await minji.client.get("/accounts/second-factors")).body).toMatchObject({
    totp: true,
    recoveryCodesLeft: 10,
  });

  const replayed = await minji.answer((await minji.login()).body.token, minji.code(1));
  expect(replayed).toMatchObject({ status: 401, body: { code: "INVALID_CODE" } });
});

test("who has lost the app comes in by a recovery code, each once, however it is typed", async () => {
  const minji = await careful();
  const [code] = minji.recoveryCodes;
  const signedIn = await minji.answer((await minji.login()).body.token, code!.toUpperCase().replace("-", " "));
  expect(signedIn.status).toBe(200);
  minji.took(signedIn);
  expect((await minji.client.get("/accounts/second-factors")).body).toMatchObject({ recoveryCodesLeft: 9 });
  expect(await minji.answer((await minji.login()).body.token, code!)).toMatchObject({
    ...{ status: 401, body: { code: "INVALID_CODE" } },
  });
});

test("after five wrong codes the sign-in begins anew, and waits", async () => {
  const minji = await careful();
  const { token } = (await minji.login()).body;
  for (let tries = 1; tries <= 5; tries += 1) expect((await minji.answer(token, "aaaaa-aaaaa")).status).toBe(401);
  expect((await minji.answer(token, minji.code(1))).body).toMatchObject({ status: 410, code: "LINK_INVALID" });
  const locked = await minji.answer((await minji.login()).body.token, minji.code(1));
  expect(locked).toMatchObject({ status: 429, body: { code: "TOO_MANY_ATTEMPTS" } });
  expect(Number(locked.headers.get("retry-after"))).toBeGreaterThan(0);
});

describe("with an app set up, a proof by password alone is not enough", () => {
  let minji: Careful;
  beforeAll(async () => void (minji = await careful()));

  test.each([
    ["to change the address", "POST", "/accounts/email/change", { email: "minji.kim@example.com" }],
    ["to delete the account", "DELETE", "/accounts/users/:handle", undefined],
    ["to remove the app", "DELETE", "/accounts/totp", undefined],
    ["to make new recovery codes", "POST", "/accounts/recovery-codes", {}],
    ["to add a passkey", "POST", "/accounts/passkeys/options", {}],
  ])("%s", async (_what, method, to, body) => {
    const answer = await minji.client.send(method, to.replace(":handle", minji.client.account!.handle), { body });
    expect(answer).toMatchObject({ status: 403, body: { code: "STEP_UP_REQUIRED" } });
    expect(answer.body.methods).toEqual(["password", "totp", "recoveryCode"]);
  });

  test("and with the code it is", async () => {
    const { password } = minji;
    const without = await minji.client.post("/accounts/step-up", { password });
    expect(without).toMatchObject({ status: 403, body: { code: "STEP_UP_REQUIRED" } });
    expect((await minji.client.post("/accounts/step-up", { password, code: minji.code(1) })).status).toBe(204);
    expect((await minji.client.post("/accounts/email/change", { email: "minji.kim@example.com" })).status).toBe(202);
    expect((await minji.client.delete("/accounts/totp")).status).toBe(204);
    expect((await minji.login()).status).toBe(200);
  });
});
