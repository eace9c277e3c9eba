import type { Wording } from "./letters.ts";

export const english: Wording = {
  greeting: "Hello,",
  signature: "Your Hallabong team",
  linkHint: "If the button does not work, paste this address into your browser:",
  closings: {
    ignore: "If you did not ask for this, you can ignore this mail.",
    alarm: "If this was not you, reset your password now. That signs you out on every device.",
    tellUs: "If this was not you, please tell Hallabong at once.",
  },
  drafts: {
    verifyEmail: ({ link }) => ({
      subject: "Confirm your e-mail address for Hallabong",
      paragraphs: ["Press the button to confirm your e-mail address.", "The link works once, within 7 days."],
      link: { label: "Confirm my address", to: link },
      closing: "ignore",
    }),
    resetPassword: ({ link }) => ({
      subject: "Reset your Hallabong password",
      paragraphs: [
        "Somebody asked to reset the password of your account.",
        "Press the button to choose a new one. The link works once, within 30 minutes.",
      ],
      link: { label: "Choose a new password", to: link },
      closing: "ignore",
    }),
    changeEmail: ({ link }) => ({
      subject: "Confirm your new e-mail address for Hallabong",
      paragraphs: [
        "Somebody asked to make this the e-mail address of a Hallabong account.",
        "Press the button to complete the change. The link works once, within 24 hours.",
      ],
      link: { label: "Use this address", to: link },
      closing: "ignore",
    }),
    emailChanged: ({ newEmail }) => ({
      subject: "Your Hallabong e-mail address was changed",
      paragraphs: [
        "Your account has another e-mail address now. You cannot sign in with this one any more.",
        `New address: ${newEmail}`,
      ],
      closing: "tellUs",
    }),
    passwordChanged: ({ byLink }) => ({
      subject: "Your Hallabong password was changed",
      paragraphs: [
        "The password of your account was changed. Other devices were signed out.",
        ...(byLink
          ? [
              "Because it was reset by mail, passkeys and linked sign-ins (Google, Kakao) were taken off your account. You can set them up again.",
            ]
          : []),
      ],
      closing: "alarm",
    }),
    newDevice: ({ device, ip, at }) => ({
      subject: "New sign-in to your Hallabong account",
      paragraphs: [
        "Somebody signed in from a device or place that we have not seen before.",
        `Device: ${device}`,
        `IP address: ${ip}`,
        `Time: ${englishMoment(at)}`,
      ],
      closing: "alarm",
    }),
    totpEnabled: () => ({
      subject: "Two-step sign-in is on for your Hallabong account",
      paragraphs: ["From now on signing in takes a code of your authenticator app. Keep your recovery codes safe."],
      closing: "alarm",
    }),
    totpRemoved: () => ({
      subject: "Two-step sign-in is off for your Hallabong account",
      paragraphs: ["From now on signing in takes no code of your authenticator app."],
      closing: "alarm",
    }),
    recoveryCodeUsed: ({ left }) => ({
      subject: "A recovery code of your Hallabong account was used",
      paragraphs: [
        `A recovery code was used. ${left === 0 ? "None are left: please make new ones." : left === 1 ? "One is left." : `${left} are left.`}`,
      ],
      closing: "alarm",
    }),
    recoveryCodesRenewed: () => ({
      subject: "Your Hallabong account has new recovery codes",
      paragraphs: ["New recovery codes were made. Those of before are no good any more."],
      closing: "alarm",
    }),
    passkeyAdded: ({ name }) => ({
      subject: "A passkey was added to your Hallabong account",
      paragraphs: [`The passkey “${name}” was added to your account.`],
      closing: "alarm",
    }),
    passkeyRemoved: ({ name }) => ({
      subject: "A passkey was removed from your Hallabong account",
      paragraphs: [`The passkey “${name}” was removed from your account.`],
      closing: "alarm",
    }),
    identityLinked: ({ provider }) => ({
      subject: `${provider} was linked to your Hallabong account`,
      paragraphs: [`From now on you can sign in with ${provider}.`],
      closing: "alarm",
    }),
    identityUnlinked: ({ provider }) => ({
      subject: `${provider} was unlinked from your Hallabong account`,
      paragraphs: [`From now on you cannot sign in with ${provider}.`],
      closing: "alarm",
    }),
    suspended: ({ reason }) => ({
      subject: "Your Hallabong account is suspended",
      paragraphs: ["Your account is suspended. You cannot sign in.", ...(reason === null ? [] : [`Reason: ${reason}`])],
    }),
    deleted: () => ({
      subject: "Your Hallabong account was deleted",
      paragraphs: ["Your account and your personal data were deleted. Thank you for having been with us."],
      closing: "tellUs",
    }),
    exportReady: ({ link, expiresAt }) => ({
      subject: "Your Hallabong data is ready",
      paragraphs: [
        "The copy of your data that you asked for is ready.",
        `You can download it until ${englishMoment(expiresAt)}. Whoever has the link can, so keep it to yourself.`,
      ],
      link: { label: "Download my data", to: link },
    }),
  },
};

const MONTHS = "January February March April May June July August September October November December".split(" ");

function englishMoment(iso: string): string {
  const moment = new Date(iso);
  const day = `${moment.getUTCDate()} ${MONTHS[moment.getUTCMonth()]} ${moment.getUTCFullYear()}`;
  return `${day}, ${moment.toISOString().slice(11, 16)} UTC`;
}
