import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { LINK_PAGE_WORDS } from "./link-page-words.ts";

const SCRIPT_FILE = new URL("./link-page.client.js", import.meta.url);

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1917; --paper: #fffdf8; --line: #78716c; --accent: #9a3412; --on: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f5f5f4; --paper: #1c1917; --line: #a8a29e; --accent: #fdba74; --on: #1c1917; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; color: var(--ink); background: var(--paper);
  font: 1.0625rem/1.6 system-ui, sans-serif; word-break: keep-all; overflow-wrap: anywhere; }
main { width: 100%; max-width: 26rem; padding: 1.5rem; }
.market { margin: 0; font-weight: 700; color: var(--accent); }
h1 { margin: 0.25rem 0 0.75rem; font-size: 1.5rem; line-height: 1.3; }
h1:focus { outline: none; }
label { display: block; margin-top: 1rem; font-weight: 600; }
label.choice { font-weight: 400; margin-top: 0.5rem; }
input[type="password"], input[type="text"] { width: 100%; margin-top: 0.25rem; padding: 0.7rem; font: inherit;
  color: inherit; background: transparent; border: 1px solid var(--line); border-radius: 0.5rem; }
button { width: 100%; margin-top: 1.25rem; padding: 0.8rem; font: inherit; font-weight: 700; color: var(--on);
  background: var(--accent); border: 0; border-radius: 0.5rem; cursor: pointer; }
button:disabled { opacity: 0.6; cursor: default; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
[hidden] { display: none; }
#outcome:not(:empty) { margin-top: 1rem; font-weight: 600; }
`;

const pageOf = (script: string) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex">
    <title>Hallabong</title>
    <link rel="icon" href="data:,">
    <style>${STYLE}</style>
  </head>
  <body>
    <main>
      <p class="market">Hallabong</p>
      <noscript>
        <p lang="en">Please allow JavaScript for this page and open it again.</p>
        <p lang="ko">이 페이지의 자바스크립트를 허용한 뒤 다시 열어 주세요.</p>
      </noscript>
      <h1 id="title" tabindex="-1"></h1>
      <p id="explanation"></p>
      <form id="form" method="post" hidden>
        <div id="choice" hidden>
          <label for="password" id="password-label"></label>
          <input id="password" type="password" autocomplete="new-password" minlength="8" maxlength="128"
            spellcheck="false" autocapitalize="none" aria-describedby="rule">
          <div id="rule"></div>
          <label class="choice"><input id="show" type="checkbox"> <span id="show-label"></span></label>
        </div>
        <button id="button"></button>
      </form>
      <div id="outcome" role="alert"></div>
    </main>
    <script>${script}</script>
  </body>
</html>
`;

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The page may run its own script and ask our own API; nothing may be put into it, and nobody may frame it. */
const policyOf = (script: string) =>
  [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(STYLE)}`,
    "img-src data:",
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

interface LinkPage {
  html: string;
  headers: Record<string, string>;
}

let page: LinkPage | undefined;

/**
 * The page that the links in mails lead to. Nothing happens when it opens, so programs that follow the links of mails
 * do no harm: a person presses the button. It takes nothing from elsewhere. Its script is read when it is first asked
 * for.
 */
export function linkPage(): LinkPage {
  const words = JSON.stringify(LINK_PAGE_WORDS);
  return (page ??= written(`"use strict";\nconst WORDS = ${words};\n${readFileSync(SCRIPT_FILE, "utf8")}`));
}

const written = (script: string): LinkPage => ({
  html: pageOf(script),
  headers: { "Content-Security-Policy": policyOf(script), "Referrer-Policy": "no-referrer" },
});
