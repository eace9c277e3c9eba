import { googleProvider } from "./google.ts";
import type { ClientCredentials, Providers } from "./identity-provider.ts";
import { kakaoProvider } from "./kakao.ts";
import type { Report } from "./provider-trouble.ts";

/** What an installation has at the providers. */
export interface ProviderSettings {
  google?: ClientCredentials | undefined;
  kakao?: ClientCredentials | undefined;
}

/** Meets nobody yet: a provider that is down keeps no process from starting. */
export const openProviders = ({ google, kakao }: ProviderSettings, report: Report): Providers => ({
  ...(google && { google: googleProvider({ client: google, report }) }),
  ...(kakao && { kakao: kakaoProvider({ client: kakao, report }) }),
});
