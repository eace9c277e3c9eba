import type { ServiceSchema } from "moleculer";
import { uuidv7 } from "uuidv7";
import { answers } from "../../mixins/answer.ts";
import { config } from "../../moleculer.config.ts";
import { onnxModels } from "./adapters/open-models.ts";
import { modelInput, ratingOf, type FxRates } from "./domain/price-quote.ts";
import { openInferenceHandlers } from "./open-inference.ts";
import { Prediction } from "./prediction.contract.ts";
import { predictions, showModel } from "./prediction.metrics.ts";
import type { PriceModel, PriceModels } from "./price-model.ts";
import { appraise, chartOf, comparablesOf, quoteOf, valueCars, valueEach } from "./quoting.ts";

/** Comparable cars in an answer and in a chart. */
const LISTED = 20;
const DRAWN = 60;
/** Any car will do to see that the model answers. */
const PROBE = { brand: "Ford", model: "Fiesta", year: 2017, mileageMiles: 20_000, fuelType: "Petrol" };

interface PredictionPorts {
  models: (log: { info(message: string): void; warn(message: string): void }) => PriceModels;
  fxRates: () => FxRates;
}

/** Prices cars by the model. Without a model it runs, answers PREDICTION_UNAVAILABLE and waits for one. */
export function predictionService({ models: openModels, fxRates }: PredictionPorts): ServiceSchema {
  let models: PriceModels;
  let hide = () => {};
  const serving = <T>(work: (model: PriceModel) => T | Promise<T>) => models.use(work);
  const nameOf = ({ card }: PriceModel) => ({ name: card.name, version: card.version });

  return {
    name: "prediction",

    actions: answers(Prediction, {
      predict: ({ explain, ...car }, ctx) =>
        serving(async (model) => {
          const [appraisal, comparables] = await Promise.all([
            appraise(model, car, fxRates(), explain),
            comparablesOf(ctx, car, model.card.currency, LISTED),
          ]);
          predictions.add({ kind: "predict" });
          const requestId = ctx.meta.requestId ?? uuidv7();
          return quoteOf(appraisal, comparables, { requestId, attribution: explain });
        }),

      chart: ({ lang, ...car }, ctx) =>
        serving(async (model) => {
          const [appraisal, comparables] = await Promise.all([
            appraise(model, car, fxRates()),
            comparablesOf(ctx, car, model.card.currency, DRAWN),
          ]);
          predictions.add({ kind: "chart" });
          return chartOf({ ...car, lang }, appraisal, comparables ?? []);
        }),

      predictBatch: ({ cars }) =>
        serving(async (model) => {
          const valued = await valueEach(model, cars, fxRates());
          predictions.add({ kind: "batch" }, valued.filter((one) => !("errors" in one)).length);
          return { predictions: valued };
        }),

      model: () => serving(({ card }) => ({ ...card })),

      value: (car) =>
        serving(async (model) => {
          const [valuation] = await valueCars(model, [car], fxRates());
          predictions.add({ kind: "value" });
          return valuation!;
        }),

      rate: ({ cars }) =>
        serving(async (model) => {
          const estimates = await model.estimate(cars.map((car) => modelInput(car, model.card.currency)));
          const ratings = cars.map((car, index) => ratingOf(car, estimates[index]!, model.card, fxRates()));
          predictions.add({ kind: "rate" }, cars.length);
          return { model: nameOf(model), ratings };
        }),

      load: async ({ version }, ctx) => {
        await models.load(version);
        return { node: ctx.broker.nodeID, model: await serving(nameOf) };
      },

      health: (_, ctx) =>
        serving(async (model) => {
          await model.estimate([PROBE]);
          return { node: ctx.broker.nodeID, model: nameOf(model) };
        }),

      ...openInferenceHandlers(() => models),
    }),

    async started() {
      models = openModels(this.logger);
      hide = showModel(models);
      await models.open();
    },

    async stopped() {
      hide();
      await models?.close();
    },
  };
}

export default predictionService({
  models: (log) => onnxModels({ modelDir: config().modelDir, log }),
  fxRates: () => config().fxRates,
});
