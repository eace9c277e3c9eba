import { eventually } from "../eventually.ts";
import { mailFilesIn, mailsIn, mailTo, tokenIn } from "../outbox.ts";
import { shownCode } from "../services/accounts/second-factor/person.ts";
import { openWorld, type Client, type World } from "../world.ts";

const PASSWORD = "correct horse battery";
const NEW_PASSWORD = "staple tangerine orchard";
const RESET = /재설정 안내|Reset your/;
const VERIFY = /이메일 주소를 확인|Confirm your e-mail/;

let world: World;
/** Somebody new in each test, signed in, and their address. */
let member: Client;
let email: string;
let people = 0;

beforeAll(async () => void (world = await openWorld({ roles: ["accounts", "gateway"] })));
afterAll(() => world.close());
beforeEach(async () => {
  email = `minji${(people += 1)}@example.com`;
  member = await signedUp(email);
});

async function signedUp(address: string, more: object = {}): Promise<Client> {
  const client = world.visitor();
  const answer = await client.post("/accounts/registration", { email: address, password: PASSWORD, ...more });
  expect(answer.status).toBe(201);
  client.access = answer.body.access;
  client.account = answer.body.user;
  return client;
}

async function signedIn(password = PASSWORD): Promise<Client> {
  const client = world.visitor();
  const answer = await client.post("/accounts/login", { email, password });
  expect(answer.status).toBe(200);
  client.access = answer.body.access;
  return client;
}

const mail = (to: string, subject: RegExp) => mailTo(world.dataDir, to, subject);
const askForReset = async (address = email) =>
  (await world.visitor().post("/accounts/password/reset", { email: address })).status;
const resetToken = async () => {
  expect(await askForReset()).toBe(202);
  return tokenIn(await mail(email, RESET));
};
const confirm = (token: string, password = NEW_PASSWORD) =>
  world.visitor().post("/accounts/password/reset/confirm", { token, password });
const verify = (token: string) => world.visitor().post("/accounts/email/verify", { token });
const me = async (client: Client) => client.get("/accounts/me");
const login = async (password: string) => (await world.visitor().post("/accounts/login", { email, password })).status;
const events = async (client: Client) =>
  ((await client.get("/accounts/security-events")).body.items as { what: string }[]).map(({ what }) => what);

const GONE = { status: 410, body: { code: "LINK_INVALID" } };

describe("a forgotten password", () => {
  test("is replaced by the link of a mail, once; every sign-in ends, and the mail has proved the address", async () => {
    const token = await resetToken();
    expect((await confirm(token)).status).toBe(204);
    expect(await login(PASSWORD)).toBe(401);
    const again = await signedIn(NEW_PASSWORD);
    expect((await me(again)).body).toMatchObject({ email, emailVerified: true });
    expect((await me(member)).status).toBe(401);
    expect(await events(again)).toEqual(expect.arrayContaining(["passwordResetAsked", "passwordChanged"]));
    expect((await mail(email, /비밀번호가 변경/)).text).toContain("직접 하신 일이 아니라면");

    expect(await confirm(token, "another tangerine orchard")).toMatchObject(GONE);
    expect(await login("another tangerine orchard")).toBe(401);
  });

  test("is answered alike whether an account has the address or not, and strangers get no mail", async () => {
    const answers = await Promise.all(
      [email, "nobody@example.com"].map((address) =>
        world.visitor().post("/accounts/password/reset", { email: address }),
      ),
    );
    const told = answers.map(({ status, body, headers }) => [status, body, [...headers.keys()].sort()]);
    expect(told[0]).toEqual(told[1]);
    await mail(email, RESET);
    expect(mailsIn(world.dataDir, "nobody@example.com")).toEqual([]);
  });

  test("gives an address one mail a minute, however often and in whatever letters it is asked for", async () => {
    const asked = [email, email.toUpperCase(), ` ${email}`.trim(), email].map((address) => askForReset(address));
    expect(await Promise.all(asked)).toEqual([202, 202, 202, 202]);
    await mail(email, RESET);
    await askForReset();
    await mail(email, VERIFY);
    expect(mailsIn(world.dataDir, email).filter(({ subject }) => RESET.test(subject))).toHaveLength(1);
  });

  test("leaves the link good when the new password is refused", async () => {
    const token = await resetToken();
    expect(await confirm(token, "qwerty123")).toMatchObject({ status: 422, body: { errors: [{ path: "password" }] } });
    expect(await confirm(token, email)).toMatchObject({ status: 422 });
    expect((await confirm(token)).status).toBe(204);
  });

  test("of two who use one link at once one sets the password", async () => {
    const token = await resetToken();
    const answers = await Promise.all([confirm(token), confirm(token, "another tangerine orchard")]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 410]);
  });

  test("has links that are good for nothing else", async () => {
    const token = await resetToken();
    expect(await verify(token)).toMatchObject(GONE);
    expect(await confirm(tokenIn(await mail(email, VERIFY)))).toMatchObject(GONE);
    expect(await confirm("Rk9vYmFyQmF6UXV4Rk9vYmFyQmF6UXV4Rk9vYmFyQmE")).toMatchObject(GONE);
    expect(await confirm("short")).toMatchObject({ status: 422, body: { errors: [{ path: "token" }] } });
  });

  /** Puts an authenticator app before the account, with its first code. */
  const setAppUp = async () => {
    const enrolled = await member.post("/accounts/totp", {});
    const code = shownCode(enrolled.body.secret, Date.now());
    expect((await member.post("/accounts/totp/confirm", { code })).status).toBe(200);
  };

  test("lets the owner of an address in, though a stranger registered it and put an app before it", async () => {
    await setAppUp();
    expect((await confirm(await resetToken())).status).toBe(204);
    const owner = await signedIn(NEW_PASSWORD);
    expect((await owner.get("/accounts/second-factors")).body).toMatchObject({ totp: false, recoveryCodesLeft: 0 });
    expect((await me(member)).status).toBe(401);
  });

  test("is not all that an account with an app asks for, once its address was proved", async () => {
    await verify(tokenIn(await mail(email, VERIFY)));
    await setAppUp();
    expect((await confirm(await resetToken())).status).toBe(204);
    expect(await login(NEW_PASSWORD)).toBe(202);
  });

  test("link of an account that was deleted meanwhile does nothing", async () => {
    const token = await resetToken();
    expect((await member.delete(`/accounts/users/${member.account!.handle}`)).status).toBe(204);
    expect(await confirm(token)).toMatchObject(GONE);
    expect(await login(NEW_PASSWORD)).toBe(401);
  });
});

describe("a change of password", () => {
  test("takes the current one, ends the other sign-ins and keeps the one that asks", async () => {
    // Only who has proved the address is told by letter.
    await verify(tokenIn(await mail(email, VERIFY)));
    const other = await signedIn();
    const change = (currentPassword?: string) =>
      member.post("/accounts/password/change", { password: NEW_PASSWORD, ...(currentPassword && { currentPassword }) });
    expect(await change()).toMatchObject({ status: 422, body: { errors: [{ path: "currentPassword" }] } });
    expect(await change("a guess at it")).toMatchObject({ status: 401, body: { code: "INVALID_CREDENTIALS" } });
    expect((await change(PASSWORD)).status).toBe(204);
    expect((await me(member)).status).toBe(200);
    expect((await me(other)).status).toBe(401);
    expect([await login(PASSWORD), await login(NEW_PASSWORD)]).toEqual([401, 200]);
    await mail(email, /비밀번호가 변경/);
    expect(await events(member)).toContain("passwordChanged");
  });

  test("is no way to guess the current one", async () => {
    const guess = () =>
      member.post("/accounts/password/change", { currentPassword: "a guess", password: NEW_PASSWORD });
    for (let time = 1; time <= 5; time += 1) expect((await guess()).status).toBe(401);
    expect(await guess()).toMatchObject({ status: 429, body: { code: "TOO_MANY_ATTEMPTS" } });
  });

  test("makes the links of before worthless", async () => {
    const token = await resetToken();
    await member.post("/accounts/password/change", { currentPassword: PASSWORD, password: NEW_PASSWORD });
    expect(await confirm(token, "another tangerine orchard")).toMatchObject(GONE);
  });
});

describe("an address", () => {
  test("is proved by the mail that a registration sends, in the member's language", async () => {
    const english = await signedUp(`english${people}@example.com`, { language: "en" });
    const letter = await mail(`english${people}@example.com`, VERIFY);
    expect(letter).toMatchObject({ language: "en", subject: "Confirm your e-mail address for Hallabong" });
    expect((await me(english)).body.emailVerified).toBe(false);
    expect((await verify(tokenIn(letter))).status).toBe(204);
    expect((await me(english)).body.emailVerified).toBe(true);
    expect(await verify(tokenIn(letter))).toMatchObject(GONE);
    expect(await events(english)).toContain("emailVerified");
  });

  test("is written to no more once it is proved", async () => {
    await verify(tokenIn(await mail(email, VERIFY)));
    expect((await member.post("/accounts/email/verification", {})).status).toBe(202);
    await askForReset();
    await mail(email, RESET);
    expect(mailsIn(world.dataDir, email).filter(({ subject }) => VERIFY.test(subject))).toHaveLength(1);
  });

  test("changes when the link to the new one is followed; the old one is told, other sign-ins end", async () => {
    const other = await signedIn();
    const [next, reset] = [`next-${email}`, await resetToken()];
    expect((await member.post("/accounts/email/change", { email: next.toUpperCase() })).status).toBe(202);
    const token = tokenIn(await mail(next, /새 이메일 주소를 확인/));
    expect((await me(member)).body.email).toBe(email);

    expect((await verify(token)).status).toBe(204);
    expect((await me(member)).body).toMatchObject({ email: next, emailVerified: true });
    expect((await me(other)).status).toBe(401);
    expect((await mail(email, /이메일 주소가 변경/)).text).toContain(next);
    expect(await events(member)).toEqual(expect.arrayContaining(["emailChangeAsked", "emailChanged"]));
    expect(await login(PASSWORD)).toBe(401);
    expect(await verify(token)).toMatchObject(GONE);
    expect(await confirm(reset)).toMatchObject(GONE);
  });

  test("that two want at once goes to one of them", async () => {
    const rival = await signedUp(`rival${people}@example.com`);
    const wanted = `wanted${people}@example.com`;
    await Promise.all([member, rival].map((client) => client.post("/accounts/email/change", { email: wanted })));
    const tokens = await eventually(() => {
      const letters = mailsIn(world.dataDir, wanted);
      expect(letters).toHaveLength(2);
      return letters.map(tokenIn);
    });
    const answers = await Promise.all(tokens.map(verify));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe("EMAIL_TAKEN");
    const addresses = await Promise.all([member, rival].map(async (client) => (await me(client)).body.email as string));
    expect(addresses.filter((address) => address === wanted)).toHaveLength(1);
  });

  test("that somebody has is refused at once", async () => {
    await signedUp(`taken${people}@example.com`);
    const answer = await member.post("/accounts/email/change", { email: `taken${people}@example.com` });
    expect(answer).toMatchObject({ status: 409, body: { code: "EMAIL_TAKEN" } });
  });
});

test("the page of the links asks nobody else, runs its own script only and knows no token", async () => {
  const { status, headers, body } = await world.visitor().get("/accounts/link");
  expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(headers.get("content-security-policy")).toMatch(
    /default-src 'none'; script-src 'sha256-[\w+/]+=*';.*frame-ancestors 'none'/,
  );
  expect(headers.get("referrer-policy")).toBe("no-referrer");
  expect(body).not.toMatch(/src=|https?:|@import/);
});

test("mails lie where their process alone can read them", async () => {
  await mail(email, VERIFY);
  expect(new Set(mailFilesIn(world.dataDir).map(({ mode }) => mode))).toEqual(new Set([0o600]));
});
