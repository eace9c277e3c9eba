import { worthlessFromMs, type Letter } from "../../../../services/accounts/mails/letters.ts";
import { written } from "../../../../services/accounts/mails/written.ts";

const LINK = "https://market.example/api/accounts/link#verify-email=abc";
const AT = "2026-11-21T18:05:00.000Z";
type Kind = Letter["kind"];

/** One letter of each kind, and what of it the reader must be told. */
const LETTERS: { [K in Kind]: [letter: Extract<Letter, { kind: K }>, told: string[]] } = {
  verifyEmail: [{ kind: "verifyEmail", link: LINK }, [LINK]],
  resetPassword: [{ kind: "resetPassword", link: LINK }, [LINK]],
  changeEmail: [{ kind: "changeEmail", link: LINK }, [LINK]],
  emailChanged: [{ kind: "emailChanged", newEmail: "new@example.com" }, ["new@example.com"]],
  passwordChanged: [{ kind: "passwordChanged", byLink: true }, ["Google"]],
  newDevice: [
    { kind: "newDevice", device: "Firefox on Linux", ip: "203.0.113.7", at: AT },
    ["Firefox on Linux", "203.0.113.7"],
  ],
  totpEnabled: [{ kind: "totpEnabled" }, []],
  totpRemoved: [{ kind: "totpRemoved" }, []],
  recoveryCodesRenewed: [{ kind: "recoveryCodesRenewed" }, []],
  recoveryCodeUsed: [{ kind: "recoveryCodeUsed", left: 3 }, ["3"]],
  passkeyAdded: [{ kind: "passkeyAdded", name: "My phone" }, ["My phone"]],
  passkeyRemoved: [{ kind: "passkeyRemoved", name: "My phone" }, ["My phone"]],
  identityLinked: [{ kind: "identityLinked", provider: "Google" }, ["Google"]],
  identityUnlinked: [{ kind: "identityUnlinked", provider: "Kakao" }, ["Kakao"]],
  suspended: [{ kind: "suspended", reason: "Sold things that were not there" }, ["Sold things"]],
  deleted: [{ kind: "deleted" }, []],
  exportReady: [{ kind: "exportReady", link: LINK, expiresAt: AT }, [LINK]],
};

describe.each(Object.entries(LETTERS))("the letter %s", (_kind, [letter, told]) => {
  test.each(["ko", "en"] as const)("in %s names the market and tells what happened, in text and HTML", (language) => {
    const mail = written(language, letter);
    expect(mail.language).toBe(language);
    expect(mail.subject).toMatch(/^[^\r\n]*Hallabong[^\r\n]*$/);
    expect(/[가-힣]/.test(mail.subject)).toBe(language === "ko");
    expect(mail.html).toContain(`<html lang="${language}">`);
    for (const piece of told) {
      expect(mail.text).toContain(piece);
      expect(mail.html).toContain(piece);
    }
    expect(mail.text + mail.html).not.toMatch(/undefined|null|\[object|NaN/);
  });
});

test("no subject holds what people or tokens are", () => {
  const subjects = Object.values(LETTERS).flatMap(([letter]) => [
    written("ko", letter).subject,
    written("en", letter).subject,
  ]);
  expect(subjects.join("\n")).not.toMatch(/example|link#|203\.|My phone|Sold/);
});

test("what people wrote cannot become HTML or lines of its own", () => {
  const name = `"><script>alert(1)</script>&\r\nReply-To: eve@example.com`;
  for (const language of ["ko", "en"] as const) {
    const mail = written(language, { kind: "passkeyAdded", name });
    expect(mail.html).toContain("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp; Reply-To: eve@example.com");
    expect(mail.html).not.toContain("<script");
    expect(mail.text).not.toMatch(/^Reply-To/m);
  }
});

test("nothing in a mail is fetched from elsewhere", () => {
  const pages = Object.values(LETTERS).flatMap(([letter]) => [
    written("ko", letter).html!,
    written("en", letter).html!,
  ]);
  expect(pages.join("\n")).not.toMatch(/\bsrc=|url\(|<link|@import/);
});

test.each([
  ["내 휴대폰", "‘내 휴대폰’이 계정에 추가되었습니다."],
  ["회사 컴퓨터", "‘회사 컴퓨터’가 계정에 추가되었습니다."],
  ["MacBook", "‘MacBook’이(가) 계정에 추가되었습니다."],
])("the Korean particle after %s is right", (name, sentence) => {
  expect(written("ko", { kind: "passkeyAdded", name }).text).toContain(sentence);
});

test("times are Korean ones in Korean letters and UTC in English ones", () => {
  const [letter] = LETTERS.newDevice;
  expect(written("ko", letter).text).toContain("2026년 11월 22일 03:05(한국 시간)");
  expect(written("en", letter).text).toContain("21 November 2026, 18:05 UTC");
});

test("letters with links that have died are worth nothing; notices always are worth something", () => {
  const minutes = (letter: Letter) => (worthlessFromMs(letter, 0) ?? Infinity) / 60_000;
  expect(minutes(LETTERS.resetPassword[0])).toBe(30);
  expect(minutes(LETTERS.changeEmail[0])).toBe(24 * 60);
  expect(minutes(LETTERS.verifyEmail[0])).toBe(7 * 24 * 60);
  expect(worthlessFromMs(LETTERS.exportReady[0], 0)).toBe(Date.parse(AT));
  expect(minutes(LETTERS.passwordChanged[0])).toBe(Infinity);
});
