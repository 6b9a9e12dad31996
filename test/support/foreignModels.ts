import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** ONNX files that nobody of this project made: those that Python's `onnx` brings along for its own tests. */
let folder: string | undefined
const lightFolder = (): string =>
  (folder ??= join(
    execFileSync(process.env.SPLITBENCH_PYTHON!, ['-c', 'import onnx, os; print(os.path.dirname(onnx.__file__))'], {
      encoding: 'utf8',
    }).trim(),
    ...['backend', 'test', 'data', 'light'],
  ))

/** "squeezenet", "resnet50", "shufflenet", "densenet121", …: real graphs, weights left out (they are computed constants). */
export const lightModel = (name: string): string => join(lightFolder(), `light_${name}.onnx`)

/** Runs a Python program and parses what it prints as JSON. */
export const python = <T>(program: string, ...args: string[]): T =>
  JSON.parse(
    execFileSync(process.env.SPLITBENCH_PYTHON!, ['-c', program, ...args], { encoding: 'utf8', maxBuffer: 2 ** 26 }),
  ) as T
