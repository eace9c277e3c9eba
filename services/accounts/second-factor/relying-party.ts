import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import type { AccountsSettings } from "../office.ts";
import type { PasskeyFields } from "./second-factor.store.ts";

/** What a browser's `navigator.credentials` answered, unchecked. */
export type CredentialAnswer = Record<string, unknown> & { id: string; response: Record<string, unknown> };
type Credential = Pick<PasskeyFields, "credentialId" | "publicKey" | "counter" | "transports">;

/** Takes a quarter of a second to load, and most processes never need it. */
const webAuthn = () => import("@simplewebauthn/server");

/** So long a challenge may be answered. */
export const CEREMONY_MS = 5 * 60_000;
/** COSE names of EdDSA, ES256 and RS256: what authenticators have, the better ones first. */
const ALGORITHMS = [-8, -7, -257];
const TRANSPORTS = ["ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"];

/** Passkeys are for one host, whose pages, or those of the allowed origins that a browser counts to it, ask for them. */
const scope = ({ publicUrl, corsOrigins }: AccountsSettings) => ({
  expectedRPID: new URL(publicUrl).hostname,
  expectedOrigin: [new URL(publicUrl).origin, ...corsOrigins],
  requireUserVerification: true,
});

/** The user handle is the account's id, which is public and says nothing of the person (WebAuthn §14.6.1). */
const userHandle = (accountId: string) => new Uint8Array(Buffer.from(accountId));

/** Options for `navigator.credentials.create()`: a passkey that finds its account by itself and verifies its user. */
export async function creationOptions(
  settings: AccountsSettings,
  { id, handle, username }: { id: string; handle: string; username: string | null },
  known: readonly Credential[],
) {
  const { generateRegistrationOptions } = await webAuthn();
  return generateRegistrationOptions({
    rpName: "Hallabong",
    rpID: scope(settings).expectedRPID,
    userID: userHandle(id),
    userName: handle,
    userDisplayName: username ?? handle,
    attestationType: "none",
    timeout: CEREMONY_MS,
    supportedAlgorithmIDs: ALGORITHMS,
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    excludeCredentials: known.map(({ credentialId, transports }) => ({ id: credentialId, transports })),
  });
}

/** Options for `navigator.credentials.get()`: any passkey for this host. */
export async function requestOptions(settings: AccountsSettings) {
  const { generateAuthenticationOptions } = await webAuthn();
  const { expectedRPID: rpID } = scope(settings);
  return generateAuthenticationOptions({ rpID, userVerification: "required", timeout: CEREMONY_MS });
}

/** The credential of a good answer to a creation (WebAuthn §7.1); undefined for any other. */
export async function createdCredential(
  settings: AccountsSettings,
  answer: CredentialAnswer,
  expectedChallenge: string,
): Promise<Credential | undefined> {
  const { verifyRegistrationResponse } = await webAuthn();
  const response = answer as unknown as RegistrationResponseJSON;
  const rules = { ...scope(settings), expectedChallenge, supportedAlgorithmIDs: ALGORITHMS };
  // The library throws for what is malformed as for what is wrong; to us all is one.
  const { registrationInfo } = await verifyRegistrationResponse({ ...rules, response }).catch(() => NOT_VERIFIED);
  if (!registrationInfo) return undefined;
  const { id, publicKey, counter } = registrationInfo.credential;
  const said: unknown = answer.response.transports;
  const transports = TRANSPORTS.filter((transport) => Array.isArray(said) && said.includes(transport));
  return { credentialId: id, publicKey: Buffer.from(publicKey).toString("base64url"), counter, transports };
}

const NOT_VERIFIED = { registrationInfo: undefined };

/**
 * The authenticator's count after a good answer to a request (WebAuthn §7.2); undefined for any other, and for one that
 * counts back: a copy of the authenticator is about.
 */
export async function provenCounter(
  settings: AccountsSettings,
  answer: CredentialAnswer,
  expectedChallenge: string,
  passkey: Pick<PasskeyFields, "accountId"> & Credential,
): Promise<number | undefined> {
  const { userHandle: said } = answer.response;
  if (said !== Buffer.from(userHandle(passkey.accountId)).toString("base64url")) return undefined;
  const { verifyAuthenticationResponse } = await webAuthn();
  const response = answer as unknown as AuthenticationResponseJSON;
  const publicKey = new Uint8Array(Buffer.from(passkey.publicKey, "base64url"));
  const credential = { id: passkey.credentialId, publicKey, counter: passkey.counter };
  const rules = { ...scope(settings), expectedChallenge };
  const proven = await verifyAuthenticationResponse({ ...rules, response, credential }).catch(() => undefined);
  return proven?.verified ? proven.authenticationInfo.newCounter : undefined;
}
