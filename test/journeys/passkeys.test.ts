import type { Browser, Page } from "playwright-core";
import { shownCode } from "../services/accounts/second-factor/person.ts";
import { openChromium, withAuthenticator } from "../chromium.ts";
import { describeWith, freePort } from "../servers.ts";
import { openWorld, type Answer, type World } from "../world.ts";

describeWith("chromium", "passkeys in a browser", () => {
  let world: World;
  let browser: Browser;
  let page: Page;
  let device: Awaited<ReturnType<typeof withAuthenticator>>;
  let people = 0;

  beforeAll(async () => {
    const port = await freePort();
    world = await openWorld({ roles: ["accounts", "gateway"], env: { PORT: String(port) } });
    browser = await openChromium();
    page = await browser.newPage();
    await page.goto(`http://localhost:${port}/api/docs`);
    device = await withAuthenticator(page);
  });
  afterAll(async () => {
    await browser?.close();
    await world.close();
  });

  /** What a script of our page would get: cookies travel by themselves, the CSRF token is read from its cookie. */
  const send = (method: string, to: string, body?: unknown): Promise<Pick<Answer, "status" | "body">> =>
    page.evaluate(`(async () => {
      const csrf = /(?:^|; )csrf=([^;]*)/.exec(document.cookie)?.[1];
      const headers = { "content-type": "application/json", ...(csrf && { "x-csrf-token": csrf }) };
      const body = ${JSON.stringify(body === undefined ? undefined : JSON.stringify(body)) ?? "undefined"};
      const answer = await fetch("/api" + ${JSON.stringify(to)}, { method: ${JSON.stringify(method)}, headers, body });
      const text = await answer.text();
      return { status: answer.status, body: text ? JSON.parse(text) : undefined };
    })()`);
  const create = (options: unknown): Promise<unknown> =>
    page.evaluate(`(async () => {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(${JSON.stringify(options)});
      return (await navigator.credentials.create({ publicKey })).toJSON();
    })()`);
  const get = (options: unknown): Promise<unknown> =>
    page.evaluate(`(async () => {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(${JSON.stringify(options)});
      return (await navigator.credentials.get({ publicKey })).toJSON();
    })()`);

  async function signUp(): Promise<string> {
    const pair = { email: `minji${(people += 1)}@example.com`, password: "seven tangerines on the porch" };
    const { status, body } = await send("POST", "/accounts/registration", pair);
    expect(status).toBe(201);
    return body.user.id;
  }
  async function addPasskey(name: string) {
    const { body } = await send("POST", "/accounts/passkeys/options", {});
    const credential = await create(body.options);
    return send("POST", "/accounts/passkeys", { token: body.token, name, credential });
  }
  async function prove(to: string) {
    const { body } = await send("POST", "/accounts/passkeys/login/options", {});
    return send("POST", to, { token: body.token, credential: await get(body.options) });
  }

  test("a member registers one, signs out, and signs in by it alone", async () => {
    const id = await signUp();
    expect(await addPasskey("This laptop")).toMatchObject({ status: 201, body: { name: "This laptop" } });
    expect(await device.credentials()).toEqual([expect.objectContaining({ isResidentCredential: true })]);

    expect((await send("POST", "/accounts/logout", {})).status).toBe(204);
    expect((await send("GET", "/accounts/me")).status).toBe(401);

    expect(await prove("/accounts/passkeys/login")).toMatchObject({ status: 200, body: { user: { id } } });
    expect((await send("GET", "/accounts/me")).body.id).toBe(id);
    const { body } = await send("GET", "/accounts/second-factors");
    expect(body.passkeys).toEqual([expect.objectContaining({ name: "This laptop", lastUsedAt: expect.any(String) })]);
  });

  test("the same authenticator is not registered twice for one account", async () => {
    const { body } = await send("POST", "/accounts/passkeys/options", {});
    await expect(create(body.options)).rejects.toThrow(/InvalidStateError/);
  });

  test("who is not recognised by the authenticator gets no answer from it", async () => {
    await device.recognisesUser(false);
    const { body } = await send("POST", "/accounts/passkeys/login/options", {});
    await expect(get({ ...body.options, timeout: 1000 })).rejects.toThrow(/NotAllowedError/);
    await device.recognisesUser(true);
  });

  test("where an app is set up, one proves by it once more who calls, without a code", async () => {
    await device.forgetAll();
    await page.context().clearCookies();
    await signUp();
    await addPasskey("New laptop");
    const { body } = await send("POST", "/accounts/totp", {});
    const code = shownCode(body.secret, Date.now());
    expect((await send("POST", "/accounts/totp/confirm", { code })).status).toBe(200);

    const refused = await send("DELETE", "/accounts/totp");
    expect(refused).toMatchObject({ status: 403, body: { code: "STEP_UP_REQUIRED" } });
    expect(refused.body.methods).toContain("passkey");
    expect((await prove("/accounts/step-up/passkey")).status).toBe(204);
    expect((await send("DELETE", "/accounts/totp")).status).toBe(204);
  });
});
