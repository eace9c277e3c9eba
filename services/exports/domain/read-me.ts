import type { ArchivedFile } from "./archive.ts";

export interface ReadMe {
  madeAtMs: number;
  /** The services that were asked, and what each holds. */
  services: readonly { name: string; ko: string; en: string }[];
  files: readonly ArchivedFile[];
}

/** What stands beside the records of an export: what this is, of when, from where. Nothing about anybody. */
export function readMe({ madeAtMs, services, files }: ReadMe): string {
  const madeAt = new Date(madeAtMs).toISOString();
  const fileList = files.map(({ name, records }) => `  ${name}  (${records})`);
  return [
    "한라봉이 보관하고 있는 회원님의 정보",
    "",
    `${madeAt} (UTC) 기준으로 아래 모든 서비스에서 모은 사본입니다.`,
    "각 파일은 UTF-8로 된 JSON 목록이며, 기록 한 건이 항목 하나입니다. 시각은 UTC, 금액은 currency의 기본 단위입니다.",
    "비밀번호는 저장하지 않으므로(해시만 보관) 들어 있지 않습니다.",
    "이 파일을 가진 사람은 내용을 모두 읽을 수 있으니 안전하게 보관해 주세요.",
    "",
    "서비스",
    ...services.map(({ name, ko }) => `  ${name}: ${ko}`),
    "",
    "파일 (기록 수)",
    ...fileList,
    "",
    "",
    "What Hallabong holds about you",
    "",
    `A copy of what every service below held at ${madeAt} (UTC).`,
    "Each file is a JSON list in UTF-8, one entry a record. Times are UTC, money is in whole units of its currency.",
    "Passwords are not in it, for we do not have them (only hashes).",
    "Whoever has this file can read all of it: keep it safe.",
    "",
    "Services",
    ...services.map(({ name, en }) => `  ${name}: ${en}`),
    "",
    "Files (records)",
    ...fileList,
    "",
  ].join("\r\n");
}
