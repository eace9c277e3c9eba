import type { Figures, RangeFigures } from "../../services/prediction/domain/model-card.ts";
import { mean, median } from "./statistics.ts";

/** An answer beside the truth, in GBP. */
export type Answer = { realGbp: number; priceGbp: number };
export type RangeAnswer = Answer & { lowGbp: number; highGbp: number };

/** How far answers are from the truth: mean absolute, root mean square and percentage errors, R² in GBP. */
export function figures(answers: readonly Answer[]): Figures {
  const real = answers.map(({ realGbp }) => realGbp);
  const errors = answers.map(({ realGbp, priceGbp }) => priceGbp - realGbp);
  const shares = answers.map(({ realGbp, priceGbp }) => Math.abs(priceGbp - realGbp) / realGbp);
  const squared = mean(errors.map((error) => error ** 2));
  const average = mean(real);
  return {
    cars: answers.length,
    maeGbp: rounded(mean(errors.map(Math.abs)), 1),
    rmseGbp: rounded(Math.sqrt(squared), 1),
    mapePercent: rounded(100 * mean(shares), 3),
    medianApePercent: rounded(100 * median(shares), 3),
    r2: rounded(1 - squared / mean(real.map((price) => (price - average) ** 2)), 5),
    within10Percent: rounded(100 * mean(shares.map((share) => Number(share <= 0.1))), 2),
  };
}

/** The same with the range: how often it holds the truth, how wide it is, and how often its ends are out of order. */
export function rangeFigures(answers: readonly RangeAnswer[]): RangeFigures {
  const holds = ({ realGbp, lowGbp, highGbp }: RangeAnswer) => Number(realGbp >= lowGbp && realGbp <= highGbp);
  const inOrder = ({ lowGbp, priceGbp, highGbp }: RangeAnswer) => lowGbp <= priceGbp && priceGbp <= highGbp;
  return {
    ...figures(answers),
    coveragePercent: rounded(100 * mean(answers.map(holds)), 2),
    medianWidthPercent: rounded(100 * median(answers.map((a) => (a.highGbp - a.lowGbp) / a.priceGbp)), 2),
    crossings: answers.filter((answer) => !inOrder(answer)).length,
  };
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
