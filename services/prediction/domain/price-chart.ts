import type { MileageUnit } from "../prediction.contract.ts";
import { exactScale, wholeScale, type Scale } from "./chart-scale.ts";
import type { CurvePoint } from "./depreciation-curve.ts";

/** What a chart shows. Mileages are in `mileageUnit`, prices in `currency`. */
export type PriceChart = {
  lang: "en" | "ko";
  /** Names the car; any text, it is escaped. */
  title: string;
  currency: string;
  /** Month of the data behind the price, as in 2020-07. */
  asOf: string;
  mileageUnit: MileageUnit;
  /** `asked` is the asking price, where there is one in this currency. */
  car: { mileage: number; price: number; low: number; high: number; asked?: number };
  trend: readonly CurvePoint[];
  comparables: readonly CurvePoint[];
};

const WIDTH = 400;
const HEIGHT = 300;
const PLOT = { left: 50, right: 388, top: 62, bottom: 254 };
/** Prices beyond this multiple of the car's (or its inverse) would only squash the rest; those cars are left out. */
const FAR_OFF = 3;
const TITLE_WIDTH = 376;

const WORDS = {
  en: {
    ...{ price: "Price", mileage: "Mileage", comparables: "Comparable cars", trend: "Trend", car: "This car" },
    ...{ asked: "Asking price", asOf: (month: string) => `Data of ${month}` },
  },
  ko: {
    ...{ price: "가격", mileage: "주행거리", comparables: "비슷한 차", trend: "추세", car: "이 차" },
    ...{ asked: "판매가", asOf: (month: string) => `${month} 데이터` },
  },
} as const;

const COLOURS = { point: "#5b8db8", trend: "#d1672b", car: "#b3123c", axis: "#555", grid: "#e6e6e6", text: "#222" };

/** Draws comparable cars, the trend by mileage and this car as an SVG document of 400 by 300 pixels. */
export function drawPriceChart(chart: PriceChart): string {
  const near = chart.comparables.filter(({ price }) => isNear(price, chart.car.price));
  const x = mileageScale(chart, near);
  const points = near.filter(({ mileage }) => mileage <= x.max);
  const y = priceScale(chart, points, x.max);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="'Noto Sans KR','NanumGothic','Apple SD Gothic Neo','Malgun Gothic',sans-serif" font-size="11" fill="${COLOURS.text}">`,
    `<title>${escapeXml(chart.title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="12" y="20" font-size="14" font-weight="bold">${escapeXml(shorten(chart.title))}</text>`,
    `<text x="12" y="37" font-size="12">${escapeXml(priceLine(chart))}</text>`,
    legend(chart, points.length),
    axes(chart, x, y),
    ...points.map((point) => dot(x, y, point, 3, COLOURS.point, 0.65)),
    `<polyline points="${trendLine(chart, x, y)}" fill="none" stroke="${COLOURS.trend}" stroke-width="2"/>`,
    thisCar(chart, x, y),
    askingPrice(chart, x, y),
    "</svg>",
  ].join("\n");
}

const isNear = (price: number, reference: number) => price <= reference * FAR_OFF && price * FAR_OFF >= reference;

/** Like comparable cars, an asking price far off is not drawn, only told. */
const isAskedNear = (car: PriceChart["car"]): car is Required<PriceChart["car"]> =>
  car.asked !== undefined && isNear(car.asked, car.price);

function mileageScale({ car, trend }: PriceChart, points: readonly CurvePoint[]): Scale {
  const furthest = Math.max(20_000, car.mileage * 1.25, ...points.map((point) => point.mileage));
  return exactScale(Math.min(furthest, trend.at(-1)?.mileage ?? furthest), 5, [PLOT.left, PLOT.right]);
}

function priceScale({ car, trend }: PriceChart, points: readonly CurvePoint[], furthest: number): Scale {
  const shown = [...points, ...trend.filter((point) => point.mileage <= furthest)].map((point) => point.price);
  if (isAskedNear(car)) shown.push(car.asked);
  return wholeScale(Math.min(car.low, ...shown), Math.max(car.high, ...shown), 5, [PLOT.bottom, PLOT.top]);
}

function axes(chart: PriceChart, x: Scale, y: Scale): string {
  const words = WORDS[chart.lang];
  const money = new Intl.NumberFormat(chart.lang, { notation: "compact", maximumFractionDigits: 1 });
  const horizontal = y.ticks.map((tick) => {
    const at = px(y.toPixel(tick));
    const label = escapeXml(money.format(tick));
    return (
      `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${at}" y2="${at}" stroke="${COLOURS.grid}"/>` +
      `<text x="${PLOT.left - 6}" y="${px(y.toPixel(tick) + 4)}" text-anchor="end">${label}</text>`
    );
  });
  const vertical = x.ticks.map((tick) => {
    const anchor = x.toPixel(tick) > PLOT.right - 22 ? "end" : "middle";
    const label = escapeXml(new Intl.NumberFormat(chart.lang).format(tick));
    return `<text x="${px(x.toPixel(tick))}" y="${PLOT.bottom + 16}" text-anchor="${anchor}">${label}</text>`;
  });
  return [
    ...horizontal,
    ...vertical,
    `<path d="M${PLOT.left} ${PLOT.top}V${PLOT.bottom}H${PLOT.right}" fill="none" stroke="${COLOURS.axis}"/>`,
    `<text x="12" y="${PLOT.top - 10}" fill="${COLOURS.axis}">${words.price} (${escapeXml(chart.currency)})</text>`,
    `<text x="${PLOT.right}" y="${PLOT.top - 10}" text-anchor="end" fill="${COLOURS.axis}">${escapeXml(words.asOf(chart.asOf))}</text>`,
    `<text x="${PLOT.right}" y="${HEIGHT - 12}" text-anchor="end" fill="${COLOURS.axis}">${words.mileage} (${chart.mileageUnit})</text>`,
  ].join("\n");
}

/** The trend up to the right edge, its last piece cut there. */
function trendLine({ trend }: PriceChart, x: Scale, y: Scale): string {
  const inside = trend.filter((point) => point.mileage <= x.max);
  const [last, beyond] = [inside.at(-1), trend[inside.length]];
  if (last && beyond && last.mileage < x.max) {
    const share = (x.max - last.mileage) / (beyond.mileage - last.mileage);
    inside.push({ mileage: x.max, price: last.price + share * (beyond.price - last.price) });
  }
  return inside.map(({ mileage, price }) => `${px(x.toPixel(mileage))},${px(y.toPixel(price))}`).join(" ");
}

/** The car at its median with its range as a bar and dashed lines down to both axes. */
function thisCar({ car }: PriceChart, x: Scale, y: Scale): string {
  const at = { x: px(x.toPixel(car.mileage)), y: px(y.toPixel(car.price)) };
  const [low, high] = [px(y.toPixel(car.low)), px(y.toPixel(car.high))];
  return [
    `<path d="M${at.x} ${PLOT.bottom}V${at.y}H${PLOT.left}" fill="none" stroke="${COLOURS.car}" stroke-dasharray="4 3"/>`,
    `<path d="M${at.x} ${low}V${high}" stroke="${COLOURS.car}" stroke-width="5" stroke-opacity="0.3" stroke-linecap="round"/>`,
    `<circle cx="${at.x}" cy="${at.y}" r="5" fill="${COLOURS.car}" stroke="#fff" stroke-width="1.5"/>`,
  ].join("\n");
}

/** The asking price as a ring at the car's mileage, wide enough to be seen around the car's own mark, and in words. */
function askingPrice({ lang, currency, car }: PriceChart, x: Scale, y: Scale): string {
  if (car.asked === undefined) return "";
  const words = escapeXml(`${WORDS[lang].asked} ${moneyFormat(lang, currency).format(car.asked)}`);
  const label = `<text x="122" y="${PLOT.top - 10}">${words}</text>`;
  if (!isAskedNear(car)) return label;
  return [label, ring(113, PLOT.top - 14), ring(px(x.toPixel(car.mileage)), px(y.toPixel(car.asked)))].join("\n");
}

const ring = (x: number, y: number) =>
  `<circle cx="${x}" cy="${y}" r="6" fill="none" stroke="${COLOURS.car}" stroke-width="1.8"/>`;

const dot = (x: Scale, y: Scale, { mileage, price }: CurvePoint, radius: number, colour: string, opacity: number) =>
  `<circle cx="${px(x.toPixel(mileage))}" cy="${px(y.toPixel(price))}" r="${radius}" fill="${colour}" fill-opacity="${opacity}"/>`;

function legend({ lang }: PriceChart, comparables: number): string {
  const words = WORDS[lang];
  const y = HEIGHT - 12;
  return [
    `<circle cx="16" cy="${y - 4}" r="3" fill="${COLOURS.point}"/><text x="23" y="${y}">${words.comparables} (${comparables})</text>`,
    `<path d="M142 ${y - 4}h16" stroke="${COLOURS.trend}" stroke-width="2"/><text x="162" y="${y}">${words.trend}</text>`,
    `<circle cx="206" cy="${y - 4}" r="5" fill="${COLOURS.car}"/><text x="215" y="${y}">${words.car}</text>`,
  ].join("\n");
}

function priceLine({ lang, currency, car }: PriceChart): string {
  const money = moneyFormat(lang, currency);
  return `${money.format(car.price)} (${money.format(car.low)} – ${money.format(car.high)})`;
}

const moneyFormat = (lang: "en" | "ko", currency: string) =>
  new Intl.NumberFormat(lang, { style: "currency", currency, maximumFractionDigits: 0 });

/** Cuts a title that would run over the edge, by the widths of bold letters at 14 pixels. */
function shorten(text: string): string {
  const letters = [...text];
  const ends = letters.map((_, at) => letters.slice(0, at + 1).reduce((sum, letter) => sum + widthOf(letter), 0));
  if ((ends.at(-1) ?? 0) <= TITLE_WIDTH) return text;
  return `${letters.slice(0, ends.filter((end) => end <= TITLE_WIDTH - widthOf("…")).length).join("")}…`;
}

/** Rather too wide than too narrow: fonts differ. */
function widthOf(letter: string): number {
  if (/[\u0000-\u04ff]/.test(letter)) return /[MW@%]/.test(letter) ? 14 : /\p{Lu}/u.test(letter) ? 11 : 8.6;
  return letter.length === 1 ? 14 : 19;
}

const px = (value: number) => Math.round(value * 10) / 10;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Text for an XML document: markup escaped, characters that XML forbids replaced. */
export const escapeXml = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
