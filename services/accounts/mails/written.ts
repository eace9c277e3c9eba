import type { Mail } from "../../../mixins/mail/mailer.ts";
import type { Language } from "../account.contract.ts";
import { english } from "./english.ts";
import { korean } from "./korean.ts";
import type { Draft, Letter, Wording } from "./letters.ts";

const WORDINGS: Record<Language, Wording> = { ko: korean, en: english };

/** A letter as a mail, in plain text and in simple HTML that says the same. */
export function written(language: Language, letter: Letter): Omit<Mail, "to"> {
  const wording = WORDINGS[language];
  // The compiler cannot follow that the draft found by a letter's kind takes that letter.
  const draft = (wording.drafts[letter.kind] as (letter: Letter) => Draft)(letter);
  const oneLine = { ...draft, paragraphs: draft.paragraphs.map(withoutControls) };
  return {
    language,
    subject: withoutControls(draft.subject),
    text: plainText(oneLine, wording),
    html: html(oneLine, wording, language),
  };
}

/** Names and reasons come from people; none of them may begin lines of its own. */
const withoutControls = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");

const closingOf = ({ closing }: Draft, { closings }: Wording) => (closing ? [closings[closing]] : []);

function plainText(draft: Draft, wording: Wording): string {
  const link = draft.link ? [`${draft.link.label}:\n${draft.link.to}`] : [];
  const parts = [wording.greeting, ...draft.paragraphs, ...link, ...closingOf(draft, wording), wording.signature];
  return `${parts.join("\n\n")}\n`;
}

/** No pictures, nothing from elsewhere: opening a mail tells nobody anything. */
function html(draft: Draft, wording: Wording, language: Language): string {
  const paragraph = (text: string) => `<p>${escaped(text)}</p>`;
  const closing = closingOf(draft, wording).map(paragraph).join("\n");
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><title>${escaped(draft.subject)}</title></head>
<body style="font-family: sans-serif; line-height: 1.6; max-width: 36em; margin: 1.5em auto; padding: 0 1em">
${[wording.greeting, ...draft.paragraphs].map(paragraph).join("\n")}
${draft.link ? button(draft.link, wording) : ""}
${closing}
${paragraph(wording.signature)}
</body>
</html>
`;
}

const button = ({ label, to }: NonNullable<Draft["link"]>, { linkHint }: Wording): string =>
  `<p><a href="${escaped(to)}" style="display: inline-block; padding: 0.7em 1.2em; border-radius: 0.4em; ` +
  `background: #b45309; color: #ffffff; text-decoration: none; font-weight: bold">${escaped(label)}</a></p>
<p>${escaped(linkHint)}<br><span style="word-break: break-all">${escaped(to)}</span></p>`;

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign]!);
