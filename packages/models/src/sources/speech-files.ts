import { posix } from 'node:path';

/** The settings of a Piper voice lie beside its weights and are named after them. */
export function settingsNameOf(onnx: string): string {
  return `${onnx}.json`;
}

/** The card of a Piper voice, which says under which licence it was recorded. */
export function cardNameOf(onnx: string): string {
  return posix.join(posix.dirname(onnx), 'MODEL_CARD');
}

/** Whether an ONNX file is called as Piper calls its voices: locale, voice and quality, `en_US-joe-medium.onnx`. */
export function isNamedAsPiper(name: string): boolean {
  return /(^|\/)[a-z]{2,3}_[A-Z]{2}-[^/]+-(x_low|low|medium|high)\.onnx$/.test(name);
}

/** Whether an ONNX file is called as Kokoro's exports are: `model_quantized.onnx`, `kokoro-v1.0.onnx`. */
export function isNamedAsKokoro(name: string): boolean {
  return /^(onnx\/)?(model|kokoro)[^/]*\.onnx$/i.test(name);
}

/** Whether a file holds voices of Kokoro: `voices/af_heart.bin` has one, `voices-v1.0.bin` or `voices.npz` all. */
export function isVoiceFile(name: string): boolean {
  return /^voices(\/[^/]+\.bin|[^/]*\.(bin|np[yz]))$/.test(name);
}

/** What a model of speech needs beside its ONNX file; empty for a model of another kind. */
export function speechCompanionsIn(names: readonly string[], onnx: string): readonly string[] {
  const settings = settingsNameOf(onnx);
  if (names.includes(settings)) return [settings, cardNameOf(onnx)].filter((name) => names.includes(name));
  return isNamedAsKokoro(onnx) ? names.filter(isVoiceFile) : [];
}

/** What is said when a voice of Piper comes without its settings. */
export function settingsNeeded(onnx: string): string {
  const name = posix.basename(onnx);
  return `The Piper voice ${name} cannot be used without its settings: ${settingsNameOf(name)} must lie beside it.`;
}
