// For which computers the app is packaged, and what of the native parts each needs.
export const systems = ['linux', 'win32', 'darwin'] as const
/** By Node's name of the operating system. */
export type System = (typeof systems)[number]

export const processors = ['x64', 'arm64'] as const
export type Processor = (typeof processors)[number]

export interface Target {
  system: System
  processor: Processor
}

/** The folders of onnxruntime-node that a package keeps: the computer's own, and those that it brings to boards. */
export function onnxRuntimeFolders({ system, processor }: Target): string[] {
  return [...new Set([`${system}/${processor}`, 'linux/arm64', 'linux/x64'])]
}

/** The folder of the serial port's prebuilt addon. */
export const serialFolder = ({ system, processor }: Target): string =>
  system === 'darwin' ? 'darwin-x64+arm64' : `${system}-${processor}`
