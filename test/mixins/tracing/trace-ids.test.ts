import { randomUUID } from "node:crypto";
import { isInShare, readTraceparent, spanIdOf, traceIdOf, traceparentOf } from "../../../mixins/tracing/trace-ids.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

test("a traceparent is read as the W3C says and written as it was read", () => {
  const text = `00-${TRACE}-${SPAN}-01`;
  const step = readTraceparent(text)!;
  expect(step).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true });
  expect(traceparentOf(step)).toBe(text);
  expect(readTraceparent(`00-${TRACE}-${SPAN}-00`)!.sampled).toBe(false);
  expect(readTraceparent(`cc-${TRACE}-${SPAN}-03-what-comes`)).toEqual(step);
});

test.each([
  [undefined],
  [""],
  [[`00-${TRACE}-${SPAN}-01`]],
  [`00-${TRACE.toUpperCase()}-${SPAN}-01`],
  [`00-${"0".repeat(32)}-${SPAN}-01`],
  [`00-${TRACE}-${"0".repeat(16)}-01`],
  [`ff-${TRACE}-${SPAN}-01`],
  [`00-${TRACE}-${SPAN}-01-more`],
  [`00-${TRACE}-${SPAN}`],
  [`00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
])("%j is no traceparent", (text) => {
  expect(readTraceparent(text)).toBeUndefined();
});

test("any id of a request or call gives one of the right form, always the same", () => {
  const uuid = "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a";
  expect(traceIdOf(uuid)).toBe("0193b5a07d3c7c3e9f5e0d8f4d1c2b3a");
  expect([traceIdOf(TRACE), spanIdOf(SPAN)]).toEqual([TRACE, SPAN]);
  expect(spanIdOf(uuid)).toBe("0193b5a07d3c7c3e");
  for (const text of ["order-4711", "", "x".repeat(36), "0".repeat(32)]) {
    expect(traceIdOf(text)).toMatch(/^[0-9a-f]{32}$/);
    expect(spanIdOf(text)).toMatch(/^[0-9a-f]{16}$/);
    expect(traceIdOf(text)).toBe(traceIdOf(text));
  }
});

test("the share of traces that are recorded is the one asked for, for UUIDs as well", () => {
  const ids = Array.from({ length: 4000 }, () => traceIdOf(randomUUID()));
  for (const share of [0.1, 0.5]) {
    const recorded = ids.filter((id) => isInShare(id, share)).length / ids.length;
    expect(Math.abs(recorded - share)).toBeLessThan(0.05);
  }
  expect([ids.some((id) => isInShare(id, 0)), ids.every((id) => isInShare(id, 1))]).toEqual([false, true]);
});
