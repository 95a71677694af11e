/** Steps of the path from the first row and column to the last ones, in order: row and column of each. */
export interface WarpingPath {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

/**
 * The path through `matrix`, `[rows, columns]`, whose values add up to the most: dynamic time warping on the negated matrix.
 * Sakoe and Chiba 1978. Where two sums are equal it chooses as openai/whisper does, whose choice is not always the best.
 * Takes time and memory in O(rows · columns) and yields after each row. The path is empty when the matrix is.
 */
export function* warpingSteps(matrix: Float32Array, rows: number, columns: number): Generator<void, WarpingPath> {
  if (rows === 0 || columns === 0) return { rows: new Int32Array(), columns: new Int32Array() };
  const trace = new Uint8Array(rows * columns);
  // Costs of one row and the row above, each with a column in front that no path may use but at its start.
  let above = new Float32Array(columns + 1).fill(Number.POSITIVE_INFINITY);
  let current = new Float32Array(columns + 1);
  above[0] = 0;
  for (let row = 0; row < rows; row++) {
    current[0] = Number.POSITIVE_INFINITY;
    let left = Number.POSITIVE_INFINITY;
    let diagonal = above[0] ?? 0;
    for (let column = 0; column < columns; column++) {
      const up = above[column + 1] ?? 0;
      let best = left;
      let step = stepLeft;
      if (diagonal < up && diagonal < left) {
        best = diagonal;
        step = stepDiagonal;
      } else if (up < diagonal && up < left) {
        best = up;
        step = stepUp;
      }
      const cell = row * columns + column;
      left = Math.fround(best - (matrix[cell] ?? 0));
      current[column + 1] = left;
      trace[cell] = step;
      diagonal = up;
    }
    [above, current] = [current, above];
    yield;
  }
  return followBack(trace, rows, columns);
}

const stepDiagonal = 0;
const stepUp = 1;
const stepLeft = 2;

function followBack(trace: Uint8Array, rows: number, columns: number): WarpingPath {
  const pathRows = new Int32Array(rows + columns);
  const pathColumns = new Int32Array(rows + columns);
  let start = pathRows.length;
  let row = rows - 1;
  let column = columns - 1;
  for (;;) {
    start--;
    pathRows[start] = row;
    pathColumns[start] = column;
    if (row === 0 && column === 0) break;
    // Along the first row or column there is one way left.
    const step = row === 0 ? stepLeft : column === 0 ? stepUp : trace[row * columns + column];
    if (step !== stepLeft) row--;
    if (step !== stepUp) column--;
  }
  return { rows: pathRows.subarray(start), columns: pathColumns.subarray(start) };
}
