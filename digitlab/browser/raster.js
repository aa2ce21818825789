// The exact picture of a drawing, the same as digitlab/drawing/raster.py.
//
// Ink at a pixel is clamp(w/2 + ½ − d, 0, 1): w is the pen's width and d the distance from the pixel's centre to the
// nearest segment, both in pixels of the result.

export const SIDE = 28;

/**
 * Draw line segments.
 * @param {Float64Array} segments [S × 4] x0, y0, x1, y1 in pixels; pixel (row r, column c) has its centre at (c + ½, r + ½)
 * @param {Float64Array} widths [S] the pen's width in pixels
 * @param {Float32Array} picture [side × side] is overwritten: 0 for paper, 1 for full ink
 * @param {number} side pixels
 */
export const ink = (segments, widths, picture, side = SIDE) => {
  picture.fill(0);
  for (let s = 0; s < widths.length; s++) {
    const reach = widths[s] / 2 + 0.5;
    const x0 = segments[4 * s];
    const y0 = segments[4 * s + 1];
    const dx = segments[4 * s + 2] - x0;
    const dy = segments[4 * s + 3] - y0;
    const length2 = Math.max(dx * dx + dy * dy, 1e-12);
    // Beyond its reach a segment leaves no ink, so only the pixels of its box are looked at.
    const left = Math.max(0, Math.floor(Math.min(x0, x0 + dx) - reach - 0.5));
    const right = Math.min(side - 1, Math.ceil(Math.max(x0, x0 + dx) + reach - 0.5));
    const top = Math.max(0, Math.floor(Math.min(y0, y0 + dy) - reach - 0.5));
    const bottom = Math.min(side - 1, Math.ceil(Math.max(y0, y0 + dy) + reach - 0.5));
    for (let row = top; row <= bottom; row++) {
      const py = row + 0.5 - y0;
      for (let column = left; column <= right; column++) {
        const px = column + 0.5 - x0;
        const along = Math.min(1, Math.max(0, (px * dx + py * dy) / length2));
        const fx = px - along * dx;
        const fy = py - along * dy;
        const value = reach - Math.sqrt(fx * fx + fy * fy);
        const at = row * side + column;
        if (value > picture[at]) picture[at] = Math.min(value, 1);
      }
    }
  }
};
