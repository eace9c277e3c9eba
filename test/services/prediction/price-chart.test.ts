import fc from "fast-check";
import { exactScale, wholeScale } from "../../../services/prediction/domain/chart-scale.ts";
import { drawPriceChart, type PriceChart } from "../../../services/prediction/domain/price-chart.ts";

const CHART: PriceChart = {
  lang: "en",
  title: "2017 Audi A6 · Diesel",
  currency: "GBP",
  asOf: "2020-07",
  mileageUnit: "mi",
  car: { mileage: 21_000, price: 16_000, low: 14_000, high: 18_500 },
  trend: [0, 20_000, 40_000, 60_000].map((mileage) => ({ mileage, price: 20_000 - mileage / 5 })),
  comparables: [
    { mileage: 10_000, price: 17_000 },
    { mileage: 30_000, price: 15_000 },
    { mileage: 30_000, price: 100_000_000_000 },
  ],
};
const POINT = 'fill="#5b8db8" fill-opacity';
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text!);

test("the chart has a point for every comparable car but those far off, a trend, this car and its dashed lines", () => {
  const svg = drawPriceChart(CHART);
  expect(svg.split(POINT)).toHaveLength(3);
  expect(svg).toMatch(/<polyline points="50,/);
  expect(svg).toMatch(/stroke-dasharray/);
  expect(svg).toMatch(/viewBox="0 0 400 300"/);
});

test("axes name what they show with currency and unit, in the language asked for", () => {
  expect(texts(drawPriceChart(CHART))).toEqual(
    expect.arrayContaining([
      "Price (GBP)",
      "Mileage (mi)",
      "20,000",
      "£16,000 (£14,000 – £18,500)",
      "Comparable cars (2)",
    ]),
  );
  const korean = texts(drawPriceChart({ ...CHART, lang: "ko", currency: "KRW", mileageUnit: "km" }));
  expect(korean).toEqual(expect.arrayContaining(["가격 (KRW)", "주행거리 (km)", "비슷한 차 (2)", "추세", "이 차"]));
});

test("the month of the data is told", () => {
  expect(texts(drawPriceChart(CHART))).toContain("Data of 2020-07");
  expect(texts(drawPriceChart({ ...CHART, lang: "ko" }))).toContain("2020-07 데이터");
});

const RING = /<circle cx="([\d.]+)" cy="([\d.]+)" r="6" fill="none"/g;
const ringHeights = (svg: string) => [...svg.matchAll(RING)].map(([, , y]) => Number(y));

test("the asking price is a ring below this car when it asks less, above when more, and named in the legend", () => {
  const [cheap, dear] = [12_000, 24_000].map((asked) => drawPriceChart({ ...CHART, car: { ...CHART.car, asked } }));
  const carHeight = (svg: string) => Number(/cy="([\d.]+)" r="5" fill="#b3123c" stroke="#fff"/.exec(svg)![1]);
  expect(ringHeights(cheap!)[1]).toBeGreaterThan(carHeight(cheap!));
  expect(ringHeights(dear!)[1]).toBeLessThan(carHeight(dear!));
  expect(texts(cheap!)).toContain("Asking price £12,000");
  expect(texts(drawPriceChart({ ...CHART, lang: "ko", car: { ...CHART.car, asked: 12_000 } }))).toContain(
    "판매가 £12,000",
  );
  expect(drawPriceChart(CHART)).not.toMatch(RING);
});

test("an asking price far off is told but squashes nothing", () => {
  const svg = drawPriceChart({ ...CHART, car: { ...CHART.car, asked: 100_000_000_000 } });
  expect(texts(svg)).toContain("Asking price £100,000,000,000");
  expect(svg).not.toMatch(RING);
});

test.each([
  ["a".repeat(30), 30],
  ["W".repeat(60), 25],
  ["투".repeat(60), 25],
  ["🚗".repeat(60), 19],
])("a title of %s shows %d letters, the whole in its description", (title, shown) => {
  const svg = drawPriceChart({ ...CHART, title });
  const letters = [...texts(svg)[0]!];
  expect(letters.filter((letter) => letter !== "…")).toHaveLength(shown);
  expect(letters.at(-1) === "…").toBe(shown < [...title].length);
  expect(svg).toContain(`<title>${title}</title>`);
});

test("any text stays text: no name becomes markup, and the document stays well-formed", () => {
  const nasty = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.constantFrom("</text><script>alert(1)</script>", '" onload="x', "&amp;<![CDATA[", "\u0000\ud800\uffff"),
  );
  fc.assert(
    fc.property(nasty, (title) => {
      const svg = drawPriceChart({ ...CHART, title });
      const plain = drawPriceChart({ ...CHART, title: "" });
      const tags = (text: string) => text.match(/<[^>]*>/g);
      expect(tags(svg)).toEqual(tags(plain));
      expect(svg.isWellFormed()).toBe(true);
      expect(svg).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|&(?!amp;|lt;|gt;|quot;|apos;)/);
    }),
  );
});

test("everything is drawn inside the plot, whatever the numbers", () => {
  const money = fc.integer({ min: 1, max: 300_000 });
  const point = fc.record({ mileage: fc.nat(1_000_000), price: money });
  fc.assert(
    fc.property(fc.nat(1_000_000), money, fc.array(point, { maxLength: 40 }), (mileage, price, comparables) => {
      const range = { low: Math.round(price * 0.8), high: Math.round(price * 1.3) };
      const car = { mileage, price, ...range, asked: comparables[0]?.price ?? price };
      const trend = [0, mileage + 10].map((at) => ({ mileage: at, price }));
      const svg = drawPriceChart({ ...CHART, car, trend, comparables });
      expect(svg).not.toMatch(/NaN|Infinity/);
      for (const y of ringHeights(svg).slice(1)) expect(y >= 62 && y <= 254).toBe(true);
      for (const [, x, y] of svg.matchAll(/<circle cx="([\d.-]+)" cy="([\d.-]+)" r="3" fill="#5b8db8" fill-opacity/g)) {
        expect(Number(x) >= 50 && Number(x) <= 388).toBe(true);
        expect(Number(y) >= 62 && Number(y) <= 254).toBe(true);
      }
    }),
  );
});

test("ticks are round, ascending and enclose the data", () => {
  fc.assert(
    fc.property(fc.nat(1e6), fc.nat(1e6), (min, span) => {
      const { ticks, toPixel } = wholeScale(min, min + span, 5, [0, 100]);
      expect(ticks[0]!).toBeLessThanOrEqual(min);
      expect(ticks.at(-1)!).toBeGreaterThanOrEqual(min + span);
      expect(ticks.length).toBeLessThanOrEqual(8);
      expect([toPixel(ticks[0]!), toPixel(ticks.at(-1)!)]).toEqual([0, 100]);
    }),
  );
});

test("an exact scale ends where the data end, its ticks before", () => {
  const { ticks, toPixel } = exactScale(96_000, 4, [50, 146]);
  expect(ticks).toEqual([0, 25_000, 50_000, 75_000]);
  expect([toPixel(0), toPixel(96_000)]).toEqual([50, 146]);
});

test("comparable cars beyond the trend are neither drawn nor counted", () => {
  const svg = drawPriceChart({ ...CHART, comparables: [...CHART.comparables, { mileage: 61_000, price: 12_000 }] });
  expect(svg.split(POINT)).toHaveLength(3);
  expect(texts(svg)).toContain("Comparable cars (2)");
});
