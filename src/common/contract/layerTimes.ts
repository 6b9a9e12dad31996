import { z } from 'zod'

/** How far the predictions of one kind of layer are off. Times in ms, summed over its layers; the rest are fractions. */
export const predictionErrorSchema = z.object({
  kind: z.string(),
  layers: z.number().int(),
  measuredMs: z.number(),
  predictedMs: z.number(),
  /** Mean absolute error of a layer. */
  mape: z.number(),
  /** Share of the layers whose prediction is within ±20 %. */
  hits: z.number(),
  sumError: z.number(),
})
export type PredictionError = z.infer<typeof predictionErrorSchema>

/** Times of the unpruned network's units on the device, in ms per image: measured in two ways, and predicted. */
export const layerTimesSchema = z.object({
  /** What the predictions rest on: a calibration of this device, or the other layers of this very network. */
  basis: z.enum(['calibration', 'left out']),
  /** Of the calibration: its error on layers that were left out when it was fitted, as a fraction. */
  regressors: z.array(z.object({ kind: z.string(), samples: z.number(), mape: z.number() })).nullable(),
  /** Per kind of layer, on the layers of this network; null in runs of before it was kept. */
  errors: z.array(predictionErrorSchema).nullable().default(null),
  /** What the profile gives to no unit: conversion and normalisation of the image, changes of layout. */
  restMs: z.number().nullable(),
  rows: z.array(
    z.object({
      unit: z.string(),
      /** By ONNX Runtime's profiler, with its standard error. */
      profile: z.object({ ms: z.number(), errorMs: z.number() }).nullable(),
      /** The head that ends here less the one before it; may be below 0. 95 % interval over rounds. */
      difference: z.object({ ms: z.number(), ci95: z.tuple([z.number(), z.number()]) }).nullable(),
      predictedMs: z.number().nullable(),
    }),
  ),
})
export type LayerTimes = z.infer<typeof layerTimesSchema>
