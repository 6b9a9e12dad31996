import { consumersOf } from '#common/network/graph.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import type { Kernels, Parameter } from '../backend/kernels.ts'
import { activationOperator } from './activation.ts'
import { adaptivePoolOperator, avgPoolOperator } from './avgpool.ts'
import { batchNormOperator } from './batchnorm.ts'
import { codecOperator } from './codec/index.ts'
import { convOperator } from './conv.ts'
import { denseOperator } from './dense.ts'
import { depthwiseOperator } from './depthwise.ts'
import { flattenOperator } from './flatten.ts'
import { inputOperator } from './input.ts'
import { addOperator, concatOperator } from './joins.ts'
import { maxPoolOperator } from './maxpool.ts'
import { multiplyOperator } from './multiply.ts'
import type { Operator } from './operator.ts'
import { reluOperator } from './relu.ts'
import { selectOperator } from './select.ts'

/** Puts a model's weights on the backend: one operator per layer, by name, in network order. */
export function buildOperators({ network, weights }: Model, kernels: Kernels): Map<string, Operator> {
  const shapes = inferShapes(network)
  const operators = new Map<string, Operator>()
  const absorbed = new Map<string, Parameter>()
  for (const layer of network.layers) {
    const from = layer.inputs[0]
    const input = from === undefined ? undefined : shapes.get(from)
    switch (layer.op) {
      case 'input':
        operators.set(layer.name, inputOperator())
        break
      case 'conv': {
        const consumers = consumersOf(network, layer.name)
        const absorb = consumers.length === 1 && consumers[0]!.op === 'batchnorm'
        const operator = convOperator(layer, input!, weights, kernels, absorb)
        if (operator.absorbedBias) absorbed.set(layer.name, operator.absorbedBias)
        operators.set(layer.name, operator)
        break
      }
      case 'batchnorm':
        operators.set(layer.name, batchNormOperator(layer, input!, weights, kernels, absorbed.get(from!)))
        break
      case 'relu':
        operators.set(layer.name, reluOperator(layer))
        break
      case 'activation':
        operators.set(layer.name, activationOperator(layer))
        break
      case 'maxpool':
        operators.set(layer.name, maxPoolOperator(layer))
        break
      case 'depthwise':
        operators.set(layer.name, depthwiseOperator(layer, input!, weights, kernels))
        break
      case 'avgpool':
        operators.set(layer.name, avgPoolOperator(layer))
        break
      case 'adaptivepool':
        operators.set(layer.name, adaptivePoolOperator(layer))
        break
      case 'add':
        operators.set(layer.name, addOperator())
        break
      case 'select':
        operators.set(layer.name, selectOperator(layer, input!))
        break
      case 'multiply':
        operators.set(layer.name, multiplyOperator(input!, shapes.get(layer.inputs[1]!)!))
        break
      case 'concat': {
        const shapesBefore = layer.inputs.map((name) => shapes.get(name)!)
        operators.set(layer.name, concatOperator(shapesBefore))
        break
      }
      case 'flatten':
        operators.set(layer.name, flattenOperator(input!))
        break
      case 'dense':
        operators.set(layer.name, denseOperator(layer, input!, weights, kernels))
        break
      default:
        operators.set(layer.name, codecOperator(layer, input!, weights, kernels))
    }
  }
  return operators
}
