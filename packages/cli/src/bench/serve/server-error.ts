/** The message of an error of OpenAI's shape, or of another that servers use; the text itself when it has none. */
export function errorMessageOf(text: string): string {
  const fallback = text.trim().slice(0, 300);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fallback;
  }
  return messageIn(value) ?? fallback;
}

/** `{"error":{"message"}}`, `{"error":"…"}`, `{"message"}` or `{"detail"}`. */
export function messageIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!isRecord(value)) return undefined;
  return messageIn(value.error) ?? messageIn(value.message) ?? messageIn(value.detail);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
