import { josa } from "es-hangul";
import type { Wording } from "./letters.ts";

export const korean: Wording = {
  greeting: "안녕하세요.",
  signature: "Hallabong 드림",
  linkHint: "버튼이 눌리지 않으면 아래 주소를 브라우저에 붙여 넣어 주세요.",
  closings: {
    ignore: "요청하신 적이 없다면 이 메일은 무시하셔도 됩니다.",
    alarm: "직접 하신 일이 아니라면 지금 바로 비밀번호를 재설정해 주세요. 재설정하면 모든 기기에서 로그아웃됩니다.",
    tellUs: "직접 하신 일이 아니라면 바로 Hallabong에 알려 주세요.",
  },
  drafts: {
    verifyEmail: ({ link }) => ({
      subject: "Hallabong 이메일 주소를 확인해 주세요",
      paragraphs: ["아래 버튼을 눌러 이메일 주소를 확인해 주세요.", "링크는 7일 동안 한 번만 쓸 수 있습니다."],
      link: { label: "이메일 주소 확인하기", to: link },
      closing: "ignore",
    }),
    resetPassword: ({ link }) => ({
      subject: "Hallabong 비밀번호 재설정 안내",
      paragraphs: [
        "비밀번호를 재설정해 달라는 요청을 받았습니다.",
        "아래 버튼을 눌러 새 비밀번호를 정해 주세요. 링크는 30분 동안 한 번만 쓸 수 있습니다.",
      ],
      link: { label: "새 비밀번호 정하기", to: link },
      closing: "ignore",
    }),
    changeEmail: ({ link }) => ({
      subject: "Hallabong 새 이메일 주소를 확인해 주세요",
      paragraphs: [
        "Hallabong 계정의 이메일 주소를 이 주소로 바꿔 달라는 요청을 받았습니다.",
        "아래 버튼을 누르면 변경이 끝납니다. 링크는 24시간 동안 한 번만 쓸 수 있습니다.",
      ],
      link: { label: "이 주소로 바꾸기", to: link },
      closing: "ignore",
    }),
    emailChanged: ({ newEmail }) => ({
      subject: "Hallabong 이메일 주소가 변경되었습니다",
      paragraphs: ["계정의 이메일 주소가 변경되어, 이 주소로는 더 이상 로그인할 수 없습니다.", `새 주소: ${newEmail}`],
      closing: "tellUs",
    }),
    passwordChanged: ({ byLink }) => ({
      subject: "Hallabong 비밀번호가 변경되었습니다",
      paragraphs: [
        "계정의 비밀번호가 변경되었습니다. 다른 기기에서는 로그아웃되었습니다.",
        ...(byLink
          ? [
              "메일로 비밀번호를 재설정했기 때문에 패스키와 연결된 로그인(Google, Kakao)이 계정에서 해제되었습니다. 다시 설정하실 수 있습니다.",
            ]
          : []),
      ],
      closing: "alarm",
    }),
    newDevice: ({ device, ip, at }) => ({
      subject: "Hallabong 새로운 기기에서 로그인했습니다",
      paragraphs: [
        "처음 보는 기기나 장소에서 로그인했습니다.",
        `기기: ${device}`,
        `IP 주소: ${ip}`,
        `시각: ${koreanMoment(at)}`,
      ],
      closing: "alarm",
    }),
    totpEnabled: () => ({
      subject: "Hallabong 2단계 인증이 켜졌습니다",
      paragraphs: ["이제 로그인할 때 인증 앱의 코드도 필요합니다. 복구 코드를 안전한 곳에 보관해 주세요."],
      closing: "alarm",
    }),
    totpRemoved: () => ({
      subject: "Hallabong 2단계 인증이 꺼졌습니다",
      paragraphs: ["이제 로그인할 때 인증 앱의 코드가 필요하지 않습니다."],
      closing: "alarm",
    }),
    recoveryCodeUsed: ({ left }) => ({
      subject: "Hallabong 복구 코드를 사용했습니다",
      paragraphs: [
        `복구 코드 한 개를 사용했습니다. ${left === 0 ? "남은 코드가 없으니 새로 발급받아 주세요." : `남은 코드는 ${left}개입니다.`}`,
      ],
      closing: "alarm",
    }),
    recoveryCodesRenewed: () => ({
      subject: "Hallabong 복구 코드를 새로 발급했습니다",
      paragraphs: ["복구 코드를 새로 발급했습니다. 이전 코드는 더 이상 쓸 수 없습니다."],
      closing: "alarm",
    }),
    passkeyAdded: ({ name }) => ({
      subject: "Hallabong 패스키가 추가되었습니다",
      paragraphs: [`패스키 ‘${name}’${particle(name, "이/가")} 계정에 추가되었습니다.`],
      closing: "alarm",
    }),
    passkeyRemoved: ({ name }) => ({
      subject: "Hallabong 패스키가 삭제되었습니다",
      paragraphs: [`패스키 ‘${name}’${particle(name, "을/를")} 계정에서 삭제했습니다.`],
      closing: "alarm",
    }),
    identityLinked: ({ provider }) => ({
      subject: `Hallabong ${provider} 로그인이 연결되었습니다`,
      paragraphs: [`이제 ${provider} 계정으로 로그인할 수 있습니다.`],
      closing: "alarm",
    }),
    identityUnlinked: ({ provider }) => ({
      subject: `Hallabong ${provider} 로그인 연결이 해제되었습니다`,
      paragraphs: [`이제 ${provider} 계정으로는 로그인할 수 없습니다.`],
      closing: "alarm",
    }),
    suspended: ({ reason }) => ({
      subject: "Hallabong 계정 이용이 정지되었습니다",
      paragraphs: ["계정 이용이 정지되어 로그인할 수 없습니다.", ...(reason === null ? [] : [`사유: ${reason}`])],
    }),
    deleted: () => ({
      subject: "Hallabong 계정이 삭제되었습니다",
      paragraphs: ["계정과 개인 정보가 삭제되었습니다. 그동안 Hallabong을 이용해 주셔서 감사합니다."],
      closing: "tellUs",
    }),
    exportReady: ({ link, expiresAt }) => ({
      subject: "Hallabong 내 데이터가 준비되었습니다",
      paragraphs: [
        "요청하신 데이터 사본이 준비되었습니다.",
        `${koreanMoment(expiresAt)}까지 내려받을 수 있습니다. 링크를 아는 사람은 누구나 내려받을 수 있으니 다른 사람에게 전하지 마세요.`,
      ],
      link: { label: "내 데이터 내려받기", to: link },
    }),
  },
};

/** The particle after a value; how Latin letters and digits are read aloud nobody can tell, so those get both forms. */
const particle = (value: string, forms: "이/가" | "을/를"): string =>
  /[가-힣]$/.test(value) ? josa.pick(value, forms) : { "이/가": "이(가)", "을/를": "을(를)" }[forms];

const KOREAN_TIME_MS = 9 * 3600_000;

/** Korea keeps one time all the year (UTC+9). */
function koreanMoment(iso: string): string {
  const there = new Date(Date.parse(iso) + KOREAN_TIME_MS);
  const [year, month, day] = [there.getUTCFullYear(), there.getUTCMonth() + 1, there.getUTCDate()];
  return `${year}년 ${month}월 ${day}일 ${there.toISOString().slice(11, 16)}(한국 시간)`;
}
