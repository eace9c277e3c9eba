import { createHmac } from "node:crypto";
import { isSameText } from "../../../mixins/same-text.ts";
import { base32 } from "./base32.ts";

/** The secret of an authenticator app has as many bits as its hash (RFC 4226 §4, R6). */
export const SECRET_BYTES = 20;
const STEP_MS = 30_000;
/** Clocks differ, and typing takes time: the step before and the one after are good as well (RFC 6238 §5.2). */
const WINDOW = 1;

interface CodeShape {
  digits?: number;
  hash?: "sha1" | "sha256" | "sha512";
}

/** The code of a counter (RFC 4226 §5.3). Authenticator apps know six digits and SHA-1, and many nothing else. */
export function codeOf(secret: Uint8Array, counter: number, { digits = 6, hash = "sha1" }: CodeShape = {}): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac(hash, secret).update(message).digest();
  const number = mac.readUInt32BE(mac.at(-1)! & 0xf) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, "0");
}

/** The number of 30 s steps since 1970 (RFC 6238 §4.2). */
export const timeStep = (nowMs: number): number => Math.floor(nowMs / STEP_MS);

/**
 * The time step that a code is of; undefined when it is none of those around now, or none after the last one used. So
 * a code is good once, and none that is older than one that was used (RFC 6238 §5.2).
 */
export function stepOfCode(secret: Uint8Array, code: string, nowMs: number, lastStep: number): number | undefined {
  const now = timeStep(nowMs);
  const steps = Array.from({ length: 2 * WINDOW + 1 }, (_, index) => now - WINDOW + index);
  return steps.find((step) => step > lastStep && isSameText(codeOf(secret, step), code));
}

/** What a QR code for an authenticator app holds (the Key URI format of Google Authenticator). */
export function keyUri(secret: Uint8Array, issuer: string, accountName: string): string {
  const label = [issuer, accountName].map(encodeURIComponent).join(":");
  const settings = new URLSearchParams({
    secret: base32(secret),
    issuer,
    algorithm: "SHA1",
    digits: "6",
    period: "30",
  });
  return `otpauth://totp/${label}?${settings.toString().replaceAll("+", "%20")}`;
}
