import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import type { CryptoKey } from "jose";
import type { AccessClaims, PublicJwk } from "../../../mixins/tokens/access-token.ts";

type Part = Record<string, unknown> | string;
type Make = () => string | Promise<string>;

/** Makes tokens by hand: right in everything but what is asked for. */
export interface TokenMaker {
  publicKey: PublicJwk;
  /** Parts are merged into good ones; a text is taken as it is. */
  make(header?: Part, payload?: Part, signer?: (text: string) => Buffer): Promise<string>;
  nowSeconds(): number;
}

interface MakerKeys {
  publicKey: PublicJwk;
  privateKey(): Promise<CryptoKey>;
}

/** `about` says who the tokens speak for and what time it is. */
export function tokenMaker(
  { publicKey, privateKey }: MakerKeys,
  about: () => { claims: AccessClaims; nowMs: number },
): TokenMaker {
  const merged = (good: object, change: Part) =>
    Buffer.from(typeof change === "string" ? change : JSON.stringify({ ...good, ...change })).toString("base64url");
  return {
    publicKey,
    nowSeconds: () => Math.floor(about().nowMs / 1000),
    async make(header = {}, payload = {}, signer) {
      const { claims, nowMs } = about();
      const iat = Math.floor(nowMs / 1000);
      const { accountId: sub, roles, sessionId: sid } = claims;
      const good = { roles, sid, sub, iss: "accounts", aud: "api", jti: "j", iat, exp: iat + 60 };
      const text = `${merged({ alg: "EdDSA", typ: "at+jwt", kid: publicKey.kid }, header)}.${merged(good, payload)}`;
      const signature = signer ? signer(text) : await ed25519(await privateKey(), text);
      return `${text}.${signature.toString("base64url")}`;
    },
  };
}

const ed25519 = async (key: CryptoKey, text: string) =>
  Buffer.from(await crypto.subtle.sign("Ed25519", key, Buffer.from(text)));

const other = generateKeyPairSync("ed25519");
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" });
const byOther = (text: string) => sign(null, Buffer.from(text), other.privateKey);
const otherJwk = other.publicKey.export({ format: "jwk" });
const unsigned = () => Buffer.alloc(0);
const hmac = (key: string | Buffer, hash = "sha256") => {
  return (text: string) => createHmac(hash, key).update(text).digest();
};

/** After Wycheproof's JWS vectors and the attacks that RFC 8725 names. Each must be refused. */
export function badTokens({ make, publicKey, nowSeconds }: TokenMaker): [string, Make][] {
  const pem = () =>
    `-----BEGIN PUBLIC KEY-----\n${Buffer.concat([
      Buffer.from("302a300506032b6570032100", "hex"),
      Buffer.from(publicKey.x, "base64url"),
    ]).toString("base64")}\n-----END PUBLIC KEY-----\n`;
  const spelled = (change: (parts: [string, string, string]) => string) => async () =>
    change((await make()).split(".") as [string, string, string]);
  const good = JSON.stringify;
  return [
    // Algorithms
    ["alg none without a signature", () => make({ alg: "none" }, {}, unsigned)],
    ["alg None without a signature", () => make({ alg: "None" }, {}, unsigned)],
    ["alg none with our signature", () => make({ alg: "none" })],
    ["alg nOnE with our signature", () => make({ alg: "nOnE" })],
    ["no alg", () => make({ alg: undefined })],
    ["an empty alg", () => make({ alg: "" })],
    ["an alg that is a list", () => make({ alg: ["EdDSA"] })],
    [
      "HS256 under the public key's bytes",
      () => make({ alg: "HS256" }, {}, hmac(Buffer.from(publicKey.x, "base64url"))),
    ],
    ["HS256 under the public key's text", () => make({ alg: "HS256" }, {}, hmac(publicKey.x))],
    ["HS256 under the public key as PEM", () => make({ alg: "HS256" }, {}, hmac(pem()))],
    ["HS256 under the public key as JWK", () => make({ alg: "HS256" }, {}, hmac(good(publicKey)))],
    ["HS256 under an empty key", () => make({ alg: "HS256" }, {}, hmac(""))],
    ["HS512 under the public key", () => make({ alg: "HS512" }, {}, hmac(publicKey.x, "sha512"))],
    ["RS256", () => make({ alg: "RS256" }, {}, (text) => sign("sha256", Buffer.from(text), rsa.privateKey))],
    [
      "ES256",
      () =>
        make({ alg: "ES256" }, {}, (text) =>
          sign("sha256", Buffer.from(text), { key: elliptic.privateKey, dsaEncoding: "ieee-p1363" }),
        ),
    ],
    ["the alg's other name, Ed25519", () => make({ alg: "Ed25519" })],
    // Keys
    ["another key under our kid", () => make({}, {}, byOther)],
    ["an unknown kid", () => make({ kid: "unknown" })],
    ["no kid", () => make({ kid: undefined })],
    ["a kid that is a path", () => make({ kid: "../../../../dev/null" })],
    ["a kid that is no text", () => make({ kid: 1 })],
    ["a kid of the prototype", () => make({ kid: "__proto__" })],
    ["its own key in jwk", () => make({ jwk: otherJwk }, {}, byOther)],
    ["its own key in jwk, kid and all", () => make({ jwk: { ...otherJwk, kid: "k" }, kid: "k" }, {}, byOther)],
    ["our own key in jwk", () => make({ jwk: publicKey })],
    ["a jku", () => make({ jku: "https://attacker.example/jwks.json" }, {}, byOther)],
    ["a jku under our signature", () => make({ jku: "https://attacker.example/jwks.json" })],
    ["an x5u", () => make({ x5u: "https://attacker.example/chain.pem" }, {}, byOther)],
    ["an x5c", () => make({ x5c: ["MIIB"] }, {}, byOther)],
    // Header
    ["another typ", () => make({ typ: "JWT" })],
    ["no typ", () => make({ typ: undefined })],
    ["the typ as a media type", () => make({ typ: "application/at+jwt" })],
    ["the typ in capitals", () => make({ typ: "AT+JWT" })],
    ["a critical extension", () => make({ crit: ["x"], x: 1 })],
    ["a critical extension that is known", () => make({ crit: ["b64"], b64: true })],
    ["an unencoded payload", () => make({ crit: ["b64"], b64: false })],
    ["an empty crit", () => make({ crit: [] })],
    ["compression", () => make({ zip: "DEF" })],
    ["a nested token", () => make({ cty: "JWT" })],
    ["a header with alg twice", () => make(`{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":${good(publicKey.kid)}}`)],
    ["a header with a blank", () => make(`{"alg": "EdDSA","typ":"at+jwt","kid":${good(publicKey.kid)}}`)],
    ["a header that is a list", () => make("[]")],
    ["a header that is no JSON", () => make("{")],
    // Claims
    ["an expired one", () => make({}, { exp: nowSeconds() - 1 })],
    ["one that expires now", () => make({}, { exp: nowSeconds() })],
    ["no expiry", () => make({}, { exp: undefined })],
    ["an expiry that is a text", () => make({}, { exp: String(nowSeconds() + 60) })],
    ["an expiry beyond a token's life", () => make({}, { exp: nowSeconds() + 86_400 })],
    ["an expiry in infinity", () => make({}, `{"exp":1e999}`)],
    ["a future nbf", () => make({}, { nbf: nowSeconds() + 60 })],
    ["an nbf that is a text", () => make({}, { nbf: "0" })],
    ["a future iat", () => make({}, { iat: nowSeconds() + 60, exp: nowSeconds() + 120 })],
    ["no iat", () => make({}, { iat: undefined })],
    ["a negative iat", () => make({}, { iat: -1 })],
    ["another issuer", () => make({}, { iss: "somebody" })],
    ["issuers in a list", () => make({}, { iss: ["accounts"] })],
    ["no issuer", () => make({}, { iss: undefined })],
    ["another audience", () => make({}, { aud: "mail" })],
    ["no audience", () => make({}, { aud: undefined })],
    ["no subject", () => make({}, { sub: undefined })],
    ["an empty subject", () => make({}, { sub: "" })],
    ["a subject that is no text", () => make({}, { sub: { id: "x" } })],
    ["no session", () => make({}, { sid: undefined })],
    ["no jti", () => make({}, { jti: undefined })],
    ["roles that are no list", () => make({}, { roles: "admin" })],
    ["roles that are no texts", () => make({}, { roles: [{ admin: true }] })],
    ["an ending before it that is no number", () => make({}, { after: "9999999999999" })],
    ["an ending before it in infinity", () => make({}, `{"after":1e999}`)],
    ["claims with a name twice", async () => make({}, twice((await make()).split(".")[1]!))],
    ["claims that are no object", () => make({}, "null")],
    // Tampering
    [
      "claims of another under the old signature",
      spelled(([h, , s]) => `${h}.${Buffer.from(good({ sub: "admin" })).toString("base64url")}.${s}`),
    ],
    ["a changed bit in the header", spelled(([h, p, s]) => `${flipped(h)}.${p}.${s}`)],
    ["a changed bit in the claims", spelled(([h, p, s]) => `${h}.${flipped(p)}.${s}`)],
    ["a changed bit in the signature", spelled(([h, p, s]) => `${h}.${p}.${flipped(s)}`)],
    ["a shorter signature", spelled(([h, p, s]) => `${h}.${p}.${s.slice(0, -4)}`)],
    ["a longer signature", spelled(([h, p, s]) => `${h}.${p}.${s}AAAA`)],
    ["a signature of zeros", () => make({}, {}, () => Buffer.alloc(64))],
    ["an empty signature", spelled(([h, p]) => `${h}.${p}.`)],
    ["its signature with the curve's order added", spelled(([h, p, s]) => `${h}.${p}.${malleable(s)}`)],
    // Spellings
    ["padding after the signature", spelled(([h, p, s]) => `${h}.${p}.${s}==`)],
    ["padding after the header", spelled(([h, p, s]) => `${h}=.${p}.${s}`)],
    [
      "the other alphabet of base64",
      spelled(([h, p, s]) => `${h}.${p}.${Buffer.from(s, "base64url").toString("base64")}`),
    ],
    ["a blank before", spelled((parts) => ` ${parts.join(".")}`)],
    ["a blank after", spelled((parts) => `${parts.join(".")} `)],
    ["a blank inside", spelled(([h, p, s]) => `${h}.${p} .${s}`)],
    ["a line break at the end", spelled((parts) => `${parts.join(".")}\n`)],
    ["a line break inside", spelled(([h, p, s]) => `${h}.${p}.${s.slice(0, 20)}\n${s.slice(20)}`)],
    ["a sign that base64url does not have", spelled(([h, p, s]) => `${h}.${p}.${s.slice(0, 20)}!${s.slice(20)}`)],
    ["the spare bits of the signature set", spelled(([h, p, s]) => `${h}.${p}.${respelled(s)}`)],
    // Shapes
    ["nothing", () => ""],
    ["two dots", () => ".."],
    ["a word", () => "token"],
    ["two parts", spelled(([h, p]) => `${h}.${p}`)],
    ["four parts", spelled((parts) => `${parts.join(".")}.e30`)],
    ["five parts, as if it were encrypted", spelled((parts) => `${parts.join(".")}.e30.e30`)],
    ["a token in JSON", spelled(([h, p, s]) => good({ protected: h, payload: p, signature: s }))],
    ["ten thousand parts", () => "a.".repeat(10_000)],
    ["a huge claim", () => make({}, { more: "x".repeat(10_000) })],
    ["half a character", () => "\ud800.\ud800.\ud800"],
  ];
}

/** The last role once more, in front: whoever reads the first one sees an admin. */
const twice = (payload: string) => `{"roles":["admin"],${Buffer.from(payload, "base64url").toString().slice(1)}`;

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Another letter in the middle. */
function flipped(part: string): string {
  const at = Math.floor(part.length / 2);
  return part.slice(0, at) + ALPHABET[ALPHABET.indexOf(part[at]!) ^ 32] + part.slice(at + 1);
}

/** The last letter of 64 bytes carries two bits; its four lowest are spare. */
const respelled = (signature: string) => signature.slice(0, -1) + ALPHABET[ALPHABET.indexOf(signature.at(-1)!) ^ 1];

/** The order of Ed25519's group. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The same signature with S + L for S, which RFC 8032 §5.1.7 tells to refuse. */
function malleable(signature: string): string {
  const bytes = Buffer.from(signature, "base64url");
  const scalar = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString("hex")}`) + ORDER;
  const larger = Buffer.from(scalar.toString(16).padStart(64, "0"), "hex").reverse();
  return Buffer.concat([bytes.subarray(0, 32), larger]).toString("base64url");
}
