/** Browsers and programs by what only they say; forks before what they were forked from. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bKAKAOTALK\b/, "KakaoTalk"],
  [/\bNAVER\(inapp/, "NAVER"],
  [/\bWhale\//, "Whale"],
  [/\bEdg(e|A|iOS)?\//, "Edge"],
  [/\bOPR\/|\bOPiOS\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bFxiOS\/|\bFirefox\//, "Firefox"],
  [/\bCriOS\/|\bChrom(e|ium)\//, "Chrome"],
  [/\bVersion\/[\d.]+ .*\bSafari\//, "Safari"],
  [/^PostmanRuntime\//, "Postman"],
  [/^curl\//, "curl"],
  [/^okhttp\//, "okhttp"],
  [/^python-/i, "Python"],
  [/^node\b/i, "Node.js"],
];
/** Systems in the same way: Android says Linux too, an iPad says Mac OS X. */
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

const nameIn = (list: readonly (readonly [RegExp, string])[], userAgent: string) =>
  list.find(([sign]) => sign.test(userAgent))?.[1];

/**
 * What somebody would call the device that sends this user agent: "Firefox on Linux". Only words of ours, never the
 * sender's: they stand in letters.
 */
export function deviceWords(userAgent: string | null | undefined): string {
  const [browser, system] = [BROWSERS, SYSTEMS].map((list) => nameIn(list, userAgent ?? ""));
  return browser && system ? `${browser} on ${system}` : (browser ?? system ?? "Unknown device");
}
