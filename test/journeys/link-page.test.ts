import type { Browser, Page } from "playwright-core";
import { openChromium } from "../chromium.ts";
import { mailTo, type ReadMail } from "../outbox.ts";
import { describeWith, freePort } from "../servers.ts";
import { openWorld, type World } from "../world.ts";

const PASSWORD = "correct horse battery";
const NEW_PASSWORD = "staple tangerine orchard";

describeWith("chromium", "the page of the links in mails", () => {
  let world: World;
  let browser: Browser;
  let page: Page;
  let email: string;
  let people = 0;
  /** What the browser complains of, a refused script above all. */
  const complaints: string[] = [];
  /** Addresses that the browser asked for, as servers saw them. */
  const asked: string[] = [];

  beforeAll(async () => {
    const port = await freePort();
    world = await openWorld({
      roles: ["accounts", "gateway"],
      env: { PORT: String(port), PUBLIC_URL: `http://localhost:${port}` },
    });
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await world.close();
  });
  beforeEach(async () => {
    email = `minji${(people += 1)}@example.com`;
    await world.visitor().post("/accounts/registration", { email, password: PASSWORD });
    complaints.length = asked.length = 0;
  });
  afterEach(() => page.context().close());

  async function open(mail: ReadMail, locale: string) {
    const context = await browser.newContext({ locale, viewport: { width: 390, height: 700 } });
    page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(/http\S+#\S+/.exec(mail.text)![0]);
  }
  const read = (selector: string) => page.locator(selector).innerText();
  const press = () => page.getByRole("button").click();
  const login = async (password: string) => (await world.visitor().post("/accounts/login", { email, password })).status;

  test.each([
    ["ko-KR", "이메일 주소 확인", "이메일 주소가 확인되었습니다.", "이미 사용했거나 만료된 링크"],
    ["en-GB", "Confirm your e-mail address", "Your e-mail address is confirmed.", "used already or has expired"],
    ["de-DE", "Confirm your e-mail address", "Your e-mail address is confirmed.", "used already or has expired"],
  ])("%s: opening it does nothing, the button proves the address once", async (locale, title, done, expired) => {
    const mail = await mailTo(world.dataDir, email, /확인/);
    await open(mail, locale);
    expect(await read("h1")).toBe(title);
    expect(await page.getAttribute("html", "lang")).toBe(locale.startsWith("ko") ? "ko" : "en");
    expect(asked.filter((url) => url.includes("email/verify"))).toEqual([]);
    await press();
    await page.getByRole("heading", { name: done }).waitFor();
    expect(page.url()).not.toContain("#");

    await page.goto(/http\S+#\S+/.exec(mail.text)![0]);
    await press();
    await page.getByText(expired).waitFor();
    expect(complaints.filter((text) => !text.includes("410"))).toEqual([]);
    expect(asked.join("\n")).not.toMatch(/[\w-]{43}/);
  });

  test("a new password is asked for until one is good", async () => {
    await world.visitor().post("/accounts/password/reset", { email });
    await open(await mailTo(world.dataDir, email, /재설정/), "en-GB");
    const field = page.getByLabel("New password", { exact: true });
    await field.fill("short");
    await press();
    expect(await login("short")).toBe(401);
    await field.fill("qwerty123");
    await press();
    await page.getByText("easy to guess").waitFor();
    await page.getByLabel("Show password").check();
    expect(await field.getAttribute("type")).toBe("text");
    await field.fill(NEW_PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Your password was changed" }).waitFor();
    expect(await field.inputValue()).toBe("");
    expect([await login(PASSWORD), await login(NEW_PASSWORD)]).toEqual([401, 200]);
    expect(complaints.filter((text) => !text.includes("422"))).toEqual([]);
  });

  test("a broken link is called one", async () => {
    const mail = await mailTo(world.dataDir, email, /확인/);
    await open({ ...mail, text: mail.text.replace(/(#verify-email=\S{20})\S*/, "$1") }, "ko-KR");
    expect(await read("h1")).toBe("링크가 올바르지 않습니다");
    expect(await page.getByRole("button").count()).toBe(0);
  });
});
