import type { Coefficients } from "../../services/prediction/domain/car-features.ts";

/** One car as the regression sees it: [1, age, mileage, engine] around the market's mean, and the log price. */
export type RegressionRow = { inputs: readonly number[]; logPrice: number };

/** How many cars' worth of doubt there is about a group's own level, age, mileage and engine coefficient. */
const PENALTIES = [3, 30, 30, 10];

/** Ridge regression of log price that shrinks towards the coefficients of the group above. */
export function shrunkCoefficients(rows: readonly RegressionRow[], towards: Coefficients): Coefficients {
  const size = towards.length;
  const matrix = PENALTIES.map((penalty, i) => Array.from({ length: size }, (_, j) => (i === j ? penalty : 0)));
  const target = new Array<number>(size).fill(0);
  for (const { inputs, logPrice } of rows) {
    const residual = logPrice - inputs.reduce((sum, input, i) => sum + input * towards[i]!, 0);
    inputs.forEach((input, i) => {
      target[i]! += input * residual;
      inputs.forEach((other, j) => (matrix[i]![j]! += input * other));
    });
  }
  const change = solve(matrix, target);
  return towards.map((value, i) => value + change[i]!) as unknown as Coefficients;
}

/** Solves a positive definite system by elimination; matrix and target are consumed. */
export function solve(matrix: number[][], target: number[]): number[] {
  const size = target.length;
  for (let pivot = 0; pivot < size; pivot++)
    for (let row = pivot + 1; row < size; row++) {
      const factor = matrix[row]![pivot]! / matrix[pivot]![pivot]!;
      for (let column = pivot; column < size; column++) matrix[row]![column]! -= factor * matrix[pivot]![column]!;
      target[row]! -= factor * target[pivot]!;
    }
  const solution = new Array<number>(size).fill(0);
  for (let row = size - 1; row >= 0; row--) {
    const known = matrix[row]!.reduce(
      (sum, value, column) => (column > row ? sum + value * solution[column]! : sum),
      0,
    );
    solution[row] = (target[row]! - known) / matrix[row]![row]!;
  }
  return solution;
}
