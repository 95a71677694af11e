/** Of a tensor's elements. */
export type DataType =
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'float8'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'int4'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'uint4'
  | 'bool';
