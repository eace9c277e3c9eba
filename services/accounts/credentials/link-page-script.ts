/** What the page says, by purpose and by what came of it. */
const WORDS = {
  ko: {
    "verify-email": [
      "이메일 주소 확인",
      "버튼을 누르면 이메일 주소가 확인됩니다.",
      "확인하기",
      "이메일 주소가 확인되었습니다.",
    ],
    "change-email": [
      "이메일 주소 변경",
      "버튼을 누르면 계정의 이메일 주소가 이 주소로 바뀝니다.",
      "이 주소로 바꾸기",
      "이메일 주소가 변경되었습니다. 이제 새 주소로 로그인해 주세요.",
    ],
    "reset-password": [
      "새 비밀번호 정하기",
      "새 비밀번호를 정하면 모든 기기에서 로그아웃됩니다.",
      "비밀번호 바꾸기",
      "비밀번호가 변경되었습니다. 새 비밀번호로 로그인해 주세요.",
    ],
    done: "이 창은 닫으셔도 됩니다.",
    incomplete: ["링크가 올바르지 않습니다", "메일에 있는 주소 전체를 다시 복사해서 열어 주세요."],
    password: "새 비밀번호",
    rule: "8자 이상 128자 이하",
    show: "비밀번호 보기",
    working: "처리하고 있습니다…",
    weak: "추측하기 쉽거나 쓸 수 없는 비밀번호입니다. 다른 비밀번호를 정해 주세요.",
    410: "이미 사용했거나 만료된 링크입니다. 메일을 다시 요청해 주세요.",
    409: "다른 계정에서 이미 쓰고 있는 이메일 주소입니다.",
    429: "요청이 너무 많습니다. 잠시 뒤에 다시 시도해 주세요.",
    trouble: "지금은 처리할 수 없습니다. 잠시 뒤에 다시 시도해 주세요.",
  },
  en: {
    "verify-email": [
      "Confirm your e-mail address",
      "Press the button to confirm your e-mail address.",
      "Confirm",
      "Your e-mail address is confirmed.",
    ],
    "change-email": [
      "Change your e-mail address",
      "Press the button to make this the e-mail address of your account.",
      "Use this address",
      "Your e-mail address was changed. Sign in with the new one from now on.",
    ],
    "reset-password": [
      "Choose a new password",
      "Choosing a new password signs you out on every device.",
      "Change password",
      "Your password was changed. Sign in with the new one.",
    ],
    done: "You can close this window.",
    incomplete: ["This link is not complete", "Copy the whole address from the mail and open it again."],
    password: "New password",
    rule: "8 to 128 characters",
    show: "Show password",
    working: "One moment…",
    weak: "This password is easy to guess or cannot be used. Please choose another one.",
    410: "This link was used already or has expired. Please ask for a new mail.",
    409: "Another account has this e-mail address.",
    429: "Too many requests. Please try again in a while.",
    trouble: "This does not work at the moment. Please try again in a while.",
  },
};

/**
 * Reads purpose and token from the fragment, waits for the button, asks the API without cookies, and says what came of
 * it. The token leaves the address (and so the browser's history) once it is worth nothing any more.
 */
export const LINK_PAGE_SCRIPT = `"use strict";
const WORDS = ${JSON.stringify(WORDS)};
const PATHS = {
  "verify-email": "/api/accounts/email/verify",
  "change-email": "/api/accounts/email/verify",
  "reset-password": "/api/accounts/password/reset/confirm",
};
const language = (navigator.languages || [navigator.language]).map((tag) => tag.slice(0, 2)).find((tag) => WORDS[tag]) || "en";
const words = WORDS[language];
const [title, explanation, form, choice, password, show, button, outcome] =
  ["title", "explanation", "form", "choice", "password", "show", "button", "outcome"].map((id) => document.getElementById(id));
let link;

function read() {
  const [, purpose, token] = /^#([a-z-]+)=([\\w-]{43})$/.exec(location.hash) || [];
  link = purpose in PATHS ? { purpose, token } : undefined;
  const [heading, text, label] = link ? words[purpose] : words.incomplete;
  title.textContent = heading;
  document.title = heading + " - Hallabong";
  explanation.textContent = text;
  button.textContent = label || "";
  button.disabled = false;
  outcome.textContent = "";
  password.value = "";
  password.required = purpose === "reset-password";
  choice.hidden = !password.required;
  form.hidden = !link;
}

async function send({ purpose, token }) {
  const body = JSON.stringify(purpose === "reset-password" ? { token, password: password.value } : { token });
  const headers = { "Content-Type": "application/json" };
  try {
    return (await fetch(PATHS[purpose], { method: "POST", headers, body, credentials: "omit" })).status;
  } catch {
    return 0;
  }
}

function tell(status, { purpose }) {
  if (status === 204 || status === 410) history.replaceState(null, "", location.pathname);
  if (status === 204) {
    title.textContent = words[purpose][3];
    document.title = words[purpose][3] + " - Hallabong";
    explanation.textContent = words.done;
    outcome.textContent = "";
  } else if (status === 422 && purpose === "reset-password") outcome.textContent = words.weak;
  else outcome.textContent = words[status] || words.trouble;
  form.hidden = status === 204 || status === 410 || status === 409;
  if (form.hidden) password.value = "";
  if (status === 204) title.focus();
  else if (!form.hidden && !choice.hidden) password.focus();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!link || button.disabled) return;
  const pressed = link;
  button.disabled = true;
  outcome.textContent = words.working;
  const status = await send(pressed);
  if (pressed !== link) return;
  button.disabled = false;
  tell(status, pressed);
});
show.addEventListener("change", () => { password.type = show.checked ? "text" : "password"; });
addEventListener("hashchange", read);
document.documentElement.lang = language;
document.getElementById("password-label").textContent = words.password;
document.getElementById("rule").textContent = words.rule;
document.getElementById("show-label").textContent = words.show;
read();
`;
