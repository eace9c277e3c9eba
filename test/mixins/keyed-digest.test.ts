import { keyedDigest } from "../../mixins/keyed-digest.ts";

test("a digest is another for another secret, purpose or text, and the same for the same", () => {
  const digests = [
    keyedDigest("a secret", "one purpose")("text"),
    keyedDigest("another secret", "one purpose")("text"),
    keyedDigest("a secret", "another purpose")("text"),
    keyedDigest("a secret", "one purpose")("another text"),
  ];
  expect(new Set(digests).size).toBe(4);
  expect(keyedDigest("a secret", "one purpose")("text")).toBe(digests[0]);
  expect(digests.filter((digest) => !/^[\w-]{43}$/.test(digest))).toEqual([]);
});
