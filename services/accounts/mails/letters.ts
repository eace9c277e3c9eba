const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What we write to members; `link` and the like are what the text needs. */
export type Letter =
  | { kind: "verifyEmail"; link: string }
  | { kind: "resetPassword"; link: string }
  | { kind: "changeEmail"; link: string }
  | { kind: "emailChanged"; newEmail: string }
  | { kind: "passwordChanged"; byLink?: true }
  | { kind: "newDevice"; device: string; ip: string; at: string }
  | { kind: "totpEnabled" }
  | { kind: "totpRemoved" }
  | { kind: "recoveryCodeUsed"; left: number }
  | { kind: "recoveryCodesRenewed" }
  | { kind: "passkeyAdded"; name: string }
  | { kind: "passkeyRemoved"; name: string }
  | { kind: "identityLinked"; provider: string }
  | { kind: "identityUnlinked"; provider: string }
  | { kind: "suspended"; reason: string | null }
  | { kind: "deleted" }
  | { kind: "exportReady"; link: string; expiresAt: string };

type LetterKind = Letter["kind"];

/** How long the links of letters are good. Texts name these spans: change them together. */
export const LINK_LIFE_MS = { verifyEmail: 7 * 24 * HOUR_MS, resetPassword: 30 * MINUTE_MS, changeEmail: 24 * HOUR_MS };

/** When a letter is not worth sending any more, Unix milliseconds; undefined for those that always are. */
export function worthlessFromMs(letter: Letter, writtenAtMs: number): number | undefined {
  if (letter.kind === "exportReady") return Date.parse(letter.expiresAt);
  const lives: { [K in LetterKind]?: number } = LINK_LIFE_MS;
  const lifeMs = lives[letter.kind];
  return lifeMs === undefined ? undefined : writtenAtMs + lifeMs;
}

/** A letter in one language, before it gets its form. */
export interface Draft {
  subject: string;
  paragraphs: string[];
  link?: { label: string; to: string };
  /** Which of the language's closing words fits. */
  closing?: "ignore" | "alarm" | "tellUs";
}

/** Each letter in one language, and the words that surround it. */
export interface Wording {
  greeting: string;
  signature: string;
  /** Stands above the address of a link that cannot be pressed. */
  linkHint: string;
  closings: Record<NonNullable<Draft["closing"]>, string>;
  drafts: { [K in LetterKind]: (letter: Extract<Letter, { kind: K }>) => Draft };
}
