/**
 * The trainer's own arithmetic, which every exported file is checked against. Images are NHWC uint8, features NCHW
 * float32 of `count` images.
 */
export interface Forward {
  /** Logits [count, classes]. */
  predict(images: Uint8Array, count: number): Float32Array | Promise<Float32Array>
  /** Outputs of the named layers in evaluation mode. */
  features(
    images: Uint8Array,
    count: number,
    layerNames: readonly string[],
  ): Map<string, Float32Array> | Promise<Map<string, Float32Array>>
  /** Logits from the output of a layer. */
  tail(features: Float32Array, count: number, afterLayer: string): Float32Array | Promise<Float32Array>
}
