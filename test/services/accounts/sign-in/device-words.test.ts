import fc from "fast-check";
import { deviceWords } from "../../../../services/accounts/sign-in/device-words.ts";

const APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
const CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0";

test.each([
  ["Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox on Linux"],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36`, "Chrome on Windows"],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36 Edg/141.0.0.0`, "Edge on Windows"],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Whale/4.33.325.17 Safari/537.36`, "Whale on Windows"],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${APPLE} Version/18.6 Safari/605.1.15`, "Safari on macOS"],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${CHROME} Safari/537.36 OPR/122.0.0.0`, "Opera on macOS"],
  [
    `Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) ${APPLE} Version/18.6 Mobile/15E148 Safari/604.1`,
    "Safari on iPhone",
  ],
  [
    `Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) ${APPLE} CriOS/141.0.7390.26 Mobile/15E148 Safari/604.1`,
    "Chrome on iPad",
  ],
  [
    `Mozilla/5.0 (Linux; Android 15; SM-S938N) ${CHROME} Mobile Safari/537.36;KAKAOTALK 2510810`,
    "KakaoTalk on Android",
  ],
  [
    `Mozilla/5.0 (Linux; Android 15; SM-S938N) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    "Samsung Internet on Android",
  ],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${CHROME} Safari/537.36`, "Chrome on ChromeOS"],
  ["curl/8.5.0", "curl"],
  ["node", "Node.js"],
  ["okhttp/4.12.0", "okhttp"],
  ["Mozilla/5.0 (Linux; U; Android 4.0.3)", "Android"],
  ["Mozilla/5.0", "Unknown device"],
  ["", "Unknown device"],
  [null, "Unknown device"],
  [undefined, "Unknown device"],
])("%s is %s", (userAgent, words) => {
  expect(deviceWords(userAgent)).toBe(words);
});

test("nobody writes a word of his own into our letters", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (text) => {
      const words = deviceWords(`${text} Firefox/1 <a href="https://example.com">Linux</a> ${text}`);
      expect(words).toMatch(/^[A-Z][A-Za-z.]*( Internet)?( on (iPhone|iPad|Android|ChromeOS|Windows|macOS|Linux))?$/i);
      expect(words).not.toContain("example");
    }),
  );
});
