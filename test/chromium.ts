import { execFileSync } from "node:child_process";
import { chromium, type Browser, type Page } from "playwright-core";

/** A browser of one's own, without a window, that asks nothing of the internet. */
export const openChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim(),
    args: [
      ...["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-quic"],
      ...["--disable-sync", "--no-first-run", "--disable-gpu"],
    ],
  });

/** Gives a page an authenticator that is built in, keeps passkeys and is touched by its user at once (CDP WebAuthn). */
export async function withAuthenticator(page: Page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      ...{ protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
    },
  });
  return {
    credentials: async () => (await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    forgetAll: () => devtools.send("WebAuthn.clearCredentials", { authenticatorId }),
    /** Whether its user can unlock it. */
    recognisesUser: (isUserVerified: boolean) =>
      devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
  };
}
