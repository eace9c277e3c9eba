/* global WORDS -- what the page says, by language; it stands before this text in the page (link-page.ts). */

// Reads purpose and token from the fragment, waits for the button, asks the API without cookies, and says what came of
// it. The token leaves the address (and so the browser's history) once it is worth nothing any more.

const PATHS = {
  "verify-email": "/api/accounts/email/verify",
  "change-email": "/api/accounts/email/verify",
  "reset-password": "/api/accounts/password/reset/confirm",
};
const language =
  (navigator.languages || [navigator.language]).map((tag) => tag.slice(0, 2)).find((tag) => WORDS[tag]) || "en";
const words = WORDS[language];
const IDS = ["title", "explanation", "form", "choice", "password", "show", "button", "outcome"];
const [title, explanation, form, choice, password, show, button, outcome] = IDS.map((id) =>
  document.getElementById(id),
);
let link;

function read() {
  const [, purpose, token] = /^#([a-z-]+)=([\w-]{43})$/.exec(location.hash) || [];
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
show.addEventListener("change", () => {
  password.type = show.checked ? "text" : "password";
});
addEventListener("hashchange", read);
document.documentElement.lang = language;
document.getElementById("password-label").textContent = words.password;
document.getElementById("rule").textContent = words.rule;
document.getElementById("show-label").textContent = words.show;
read();
