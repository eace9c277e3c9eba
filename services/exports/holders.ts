import { Accounts } from "../accounts/accounts.contract.ts";
import { Listings } from "../listings/listings.contract.ts";

/** A service that holds something about members, and what that is in the words of the README of an export. */
export interface Holder {
  contract: Pick<typeof Accounts, "$name" | "personalData"> | Pick<typeof Listings, "$name" | "personalData">;
  ko: string;
  en: string;
}

/** All of them: a service that begins to hold something answers `personalData` and stands here. */
export const HOLDERS: readonly Holder[] = [
  {
    contract: Accounts,
    ko: "계정과 프로필, 로그인 기록, 보안 기록, 등록된 기기",
    en: "your account and profile, sign-ins, security events, devices",
  },
  { contract: Listings, ko: "등록했거나 내린 판매 차량", en: "the cars you offer or offered" },
];
