import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";

/** Flags of authenticator data (WebAuthn §6.1): user present, user verified, attested credential follows. */
const [PRESENT, VERIFIED, ATTESTED] = [0x01, 0x04, 0x40];

/** What a test wants to be otherwise than an honest browser and authenticator do it. */
export interface Deviation {
  origin?: string;
  challenge?: string;
  rpId?: string;
  verified?: boolean;
  counter?: number;
  userHandle?: string;
  type?: string;
}

interface Options {
  challenge: string;
  rpId?: string;
  rp?: { id: string };
  user?: { id: string };
}

const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest();
const base64url = (bytes: Uint8Array | string) => Buffer.from(bytes).toString("base64url");

/** An authenticator with one ES256 passkey, and the browser around it, in place of both (WebAuthn §6 and §5). */
export class SoftAuthenticator {
  readonly credentialId = base64url(randomBytes(16));
  readonly origin: string;
  counter = 0;
  private readonly key: { privateKey: KeyObject; publicKey: KeyObject };
  private userHandle = "";

  constructor(origin: string) {
    this.origin = origin;
    this.key = generateKeyPairSync("ec", { namedCurve: "P-256" });
  }

  /** What `navigator.credentials.create()` answers, attestation "none". */
  create(options: Record<string, unknown>, deviation: Deviation = {}) {
    const { challenge, rp, user } = options as unknown as Options;
    this.userHandle = user!.id;
    const clientDataJSON = this.clientData("webauthn.create", challenge, deviation);
    const id = Buffer.from(this.credentialId, "base64url");
    const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, this.coseKey()]);
    const authData = Buffer.concat([this.authData(rp!.id, ATTESTED!, deviation), attested]);
    const attestationObject = Buffer.concat([
      ...[map(3), text("fmt"), text("none"), text("attStmt"), map(0), text("authData"), bytes(authData)],
    ]);
    const response = { clientDataJSON, attestationObject: base64url(attestationObject), transports: ["internal"] };
    return this.credential(response);
  }

  /** What `navigator.credentials.get()` answers. */
  get(options: Record<string, unknown>, deviation: Deviation = {}) {
    const { challenge, rpId } = options as unknown as Options;
    this.counter = deviation.counter ?? this.counter + 1;
    const clientDataJSON = this.clientData("webauthn.get", challenge, deviation);
    const authenticatorData = this.authData(rpId!, 0, deviation);
    const signed = Buffer.concat([authenticatorData, sha256(Buffer.from(clientDataJSON, "base64url"))]);
    const signature = base64url(sign("sha256", signed, this.key.privateKey));
    const userHandle = deviation.userHandle ?? this.userHandle;
    return this.credential({
      ...{ clientDataJSON, authenticatorData: base64url(authenticatorData), signature, userHandle },
    });
  }

  private credential<R extends { clientDataJSON: string }>(response: R) {
    return { id: this.credentialId, rawId: this.credentialId, type: "public-key" as const, response };
  }

  private clientData(
    usual: string,
    asked: string,
    { type = usual, challenge = asked, origin = this.origin }: Deviation,
  ) {
    return base64url(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  }

  private authData(asked: string, more: number, { rpId = asked, verified = true }: Deviation) {
    const head = Buffer.alloc(5);
    head[0] = PRESENT! | (verified ? VERIFIED! : 0) | more;
    head.writeUInt32BE(this.counter, 1);
    return Buffer.concat([sha256(rpId), head]);
  }

  /** COSE_Key: kty EC2, alg ES256, crv P-256, x, y (RFC 9053 §7.1). */
  private coseKey() {
    const { x, y } = this.key.publicKey.export({ format: "jwk" });
    const [KTY, ALG, CRV, X, Y] = [0x01, 0x03, 0x20, 0x21, 0x22];
    return Buffer.concat([
      ...[map(5), Buffer.from([KTY!, 0x02, ALG!, 0x26, CRV!, 0x01])],
      ...[
        Buffer.from([X!]),
        bytes(Buffer.from(x!, "base64url")),
        Buffer.from([Y!]),
        bytes(Buffer.from(y!, "base64url")),
      ],
    ]);
  }
}

/** The few things of CBOR (RFC 8949 §3.1) that it takes; strings of bytes are longer than 23 here. */
const map = (pairs: number) => Buffer.from([0xa0 | pairs]);
const text = (word: string) => Buffer.concat([Buffer.from([0x60 | word.length]), Buffer.from(word)]);
function bytes(content: Uint8Array): Buffer {
  const { length } = content;
  return Buffer.concat([Buffer.from(length < 256 ? [0x58, length] : [0x59, length >> 8, length & 255]), content]);
}
