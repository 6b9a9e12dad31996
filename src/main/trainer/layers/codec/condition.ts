import type { ConditionLayer } from '#common/network/codecLayers.ts'
import type { FeatureShape } from '#common/network/graph.ts'
import type { Operator } from '../operator.ts'
import { weightless } from '../operator.ts'
import { drawnLevel } from './draws.ts'

/** Appends a plane that tells the encoder what the channel is like (BottleNet++, frameworks.md §9.2). */
export const conditionOperator = (layer: ConditionLayer, { channels, height, width }: FeatureShape): Operator => ({
  ...weightless,
  needs: { inputs: false, output: false },
  forward: ([x], pass) => ({
    output: pass.kernels.compute((tf) => {
      const level = tf.fill([x!.shape[0]!, height, width, 1], drawnLevel(layer, pass))
      return pass.kernels.concat([x!, level])
    }),
    saved: [],
  }),
  backward: ({ gradient, wanted: [wanted] }, { kernels }) => [
    wanted ? kernels.sliceChannels(gradient, 0, channels) : undefined,
  ],
})
