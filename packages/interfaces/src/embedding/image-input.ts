/**
 * The bytes of an image file; or a string: a data URL if it starts with `data:`, else the path of a file if there is
 * one, else base64. Hand over bytes, never a string, where the image comes from someone who may not read your files.
 */
export type ImageInput = string | Uint8Array;
